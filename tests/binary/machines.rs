//! Machines that stand alone: what somebody does to them by hand is mended, and a new image reaches one after
//! the other while their volumes stay.

use aws_sdk_ec2::types::{Filter, HttpTokensState, Instance, Volume, VolumeType};

use crate::account::Account;
use crate::hands::{at, done, named, only};
use crate::sandbox::Sandbox;
use crate::stack::{STACK, changed};

const ENV: &str = "sandbox";

/// Those that are not terminated.
fn standing() -> Filter {
    let filter = Filter::builder().name("instance-state-name");
    filter.values("running").values("stopping").values("stopped").build()
}

async fn server(account: &Account, address: &str) -> String {
    let answer = done!(account.ec2().describe_instances().filters(at(address)).filters(standing()));
    let instances =
        answer.reservations.unwrap_or_default().into_iter().flat_map(|r| r.instances.unwrap_or_default());
    only(Some(instances.collect()), Instance::instance_id)
}

async fn volume(account: &Account, address: &str) -> String {
    let answer = done!(account.ec2().describe_volumes().filters(at(address)));
    only(answer.volumes, Volume::volume_id)
}

/// Stops an instance and waits until it is.
async fn stop(account: &Account, id: &str) {
    done!(account.ec2().stop_instances().instance_ids(id));
    let stopped = named("instance-state-name", "stopped");
    let call = account.ec2().describe_instances().instance_ids(id).filters(stopped);
    while done!(call.clone()).reservations().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

#[test]
fn what_is_done_to_machines_by_hand_is_mended() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, ENV);
    let account = Account::of(&sandbox);
    let census = account.census();
    account.wait(async {
        let ec2 = account.ec2();
        stop(&account, &server(&account, "search.server").await).await;
        done!(ec2.terminate_instances().instance_ids(server(&account, "control.server").await));
        let first = server(&account, "files.server.1").await;
        done!(
            ec2.modify_instance_metadata_options().instance_id(first).http_tokens(HttpTokensState::Optional)
        );
        let second = server(&account, "files.server.2").await;
        stop(&account, &second).await;
        done!(ec2.detach_volume().volume_id(volume(&account, "files.volume.2").await).instance_id(second));
        let index = volume(&account, "search.volume").await;
        done!(ec2.modify_volume().volume_id(index).volume_type(VolumeType::Gp2));
    });
    let plan = sandbox.run(&["plan", STACK, "--env", ENV]).with(2);
    for text in ["running: false -> true", "metadata_tokens: false -> true", "type: gp2 -> gp3"] {
        assert!(
            plan.out.contains(&format!("{text}  (no interruption, drifted in AWS)")),
            "{text}: {}",
            plan.out
        );
    }
    assert!(plan.out.contains("+ control.server  EC2 instance: not there"), "{}", plan.out);
    sandbox.up(STACK, ENV);
    sandbox.settled(STACK, ENV);
    assert_eq!(account.census(), census, "nothing twice, nothing too many");
}

#[test]
fn a_new_image_reaches_one_file_server_after_the_other() {
    let sandbox = Sandbox::start();
    sandbox.up(STACK, ENV);
    let account = Account::of(&sandbox);
    let census = account.census();
    let volumes =
        async || (volume(&account, "files.volume.1").await, volume(&account, "files.volume.2").await);
    let before = account.wait(volumes());
    let image = "nodes: 2, volume: 100 GiB, image: /aws/service/debian/release/12/latest/arm64";
    let newer = changed(&sandbox, "newer.yaml", &[("nodes: 2, volume: 100 GiB", image)]);
    let up = sandbox.up(&newer, ENV);
    let line = |text: &str| {
        let found = up.out.lines().chain(up.err.lines()).position(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line `{text}`: {}{}", up.out, up.err))
    };
    assert!(line("files.server.1  replaced") < line("files.server.2  creating its successor"));
    sandbox.settled(&newer, ENV);
    assert_eq!(account.wait(volumes()), before, "the volumes are the same");
    assert_eq!(account.census(), census, "the old ones are gone");
}
