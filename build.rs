//! Notices new files among the templates and playbooks, which the program carries inside itself: those that it
//! already carries are watched by the compiler, a file that was not there is not.

fn main() {
    for folder in ["templates", "playbooks"] {
        {
            println!("cargo:rerun-if-changed={folder}");
        }
    }
}
