//! How an environment is, on one screen: what is wrong first, then every section in a line or a few.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::health::{Configured, Fleet, Level, Sight, TargetGroup, Trouble};
use crate::model::live::{Live, Status};

use super::plan::Context;
use super::style::{Role, Style};
use super::text::{Sheet, columns, plain, span};
use super::words;

/// Where the second column begins at most.
const COLUMN: usize = 16;

/// The screen.
pub fn render_status(sight: &Sight, context: &Context, style: Style) -> String {
    let troubles = sight.troubles();
    let mut sheet = Sheet::new(style);
    put_headline(&mut sheet, sight, &troubles, context);
    put_troubles(&mut sheet, &troubles);
    if !sight.live.is_empty() {
        sheet.gap();
    }
    for (section, resources) in sections(sight) {
        put_section(&mut sheet, section, &resources);
        sight
            .targets
            .iter()
            .filter(|group| group.address.section() == section)
            .for_each(|g| put_targets(&mut sheet, g));
        sight
            .fleets
            .iter()
            .filter(|fleet| fleet.address.section() == section)
            .for_each(|f| put_fleet(&mut sheet, f));
        sight
            .servers
            .iter()
            .filter(|server| server.server.role == section)
            .for_each(|s| put_server(&mut sheet, s));
        if section == "web" {
            put_release(&mut sheet, sight);
        }
    }
    put_lease(&mut sheet, sight);
    sheet.finish()
}

fn put_headline(sheet: &mut Sheet, sight: &Sight, troubles: &[Trouble], context: &Context) {
    let wrong = troubles.iter().filter(|trouble| trouble.level != Level::Working).count();
    let place = format!("{} in {}", context.name(), context.region);
    let (role, words) = if sight.live.is_empty() {
        (Role::Warn, "nothing is there: `drucloud up` makes it".to_owned())
    } else if troubles.iter().any(|trouble| trouble.level == Level::Down) {
        (Role::Remove, "down: visitors get no answer".to_owned())
    } else if wrong > 0 {
        let is = if wrong == 1 { "is" } else { "are" };
        (Role::Remove, format!("{} {is} wrong", words::count(wrong, "thing")))
    } else if troubles.is_empty() {
        (Role::Add, format!("all is well ({})", words::count(sight.live.len(), "resource")))
    } else {
        (Role::Warn, format!("AWS works on {}", words::count(troubles.len(), "resource")))
    };
    sheet.put(0, 2, &[span(Role::Strong, format!("{place}: ")), span(role, words)]);
}

fn put_troubles(sheet: &mut Sheet, troubles: &[Trouble]) {
    // Of an environment that is not there everything is missing; that was said.
    let told = 12;
    for Trouble { level, address, what } in troubles.iter().take(told) {
        let (role, symbol) = match level {
            Level::Down | Level::Wrong => (Role::Remove, "  ! "),
            Level::Working => (Role::Warn, "  … "),
        };
        let line = [span(role, symbol), span(Role::Strong, address.as_str()), plain(format!("  {what}"))];
        sheet.put(0, 6, &line);
    }
    if troubles.len() > told {
        sheet.put(4, 6, &[span(Role::Dim, format!("and {} more", troubles.len() - told))]);
    }
}

/// The resources by section, in the order of their names.
fn sections(sight: &Sight) -> BTreeMap<&str, Vec<&Live>> {
    let mut sections: BTreeMap<&str, Vec<&Live>> = BTreeMap::new();
    for live in &sight.live {
        sections.entry(live.address.section()).or_default().push(live);
    }
    sections
}

fn put_section(sheet: &mut Sheet, section: &str, resources: &[&Live]) {
    let ready = resources.iter().filter(|live| live.status == Status::Ready).count();
    let all = resources.len();
    let symbols = sheet.style().symbols();
    let (role, symbol) =
        if ready == all { (Role::Add, symbols.good) } else { (Role::Warn, symbols.ellipsis) };
    let count = if ready == all { words::count(all, "resource") } else { format!("{ready} of {all} ready") };
    let details: Vec<String> = resources.iter().filter_map(|live| detail(live)).collect();
    let details = if details.is_empty() { String::new() } else { format!(": {}", details.join("; ")) };
    let name = [
        span(role, format!("{symbol} ")),
        span(Role::Strong, section),
        plain(" ".repeat(COLUMN.saturating_sub(columns(section)).max(1))),
        plain(count),
        span(Role::Dim, details),
    ];
    sheet.put(0, COLUMN + 3, &name);
}

/// What an operator wants to know of the resources that hold a platform up.
fn detail(live: &Live) -> Option<String> {
    let text = |name: &str| live.spec.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    match live.kind {
        "db_instance" => {
            let standby =
                if live.spec.get("multi_az") == Some(&json!(true)) { "Multi-AZ" } else { "one zone" };
            let storage =
                live.spec.get("storage").and_then(|storage| storage.get("gib")).and_then(Value::as_u64);
            let gib = storage.map_or_else(String::new, |gib| format!(", {gib} GiB"));
            Some(format!("{} {} on {}, {standby}{gib}", text("engine"), text("version"), text("class")))
        }
        "cache_cluster" | "replication_group" => {
            let nodes = live.spec.get("nodes").and_then(Value::as_u64).unwrap_or_default();
            Some(format!(
                "{} of {}",
                words::count(usize::try_from(nodes).unwrap_or_default(), "node"),
                text("node_type")
            ))
        }
        "distribution" | "load_balancer" => live.output("domain_name").or_else(|| live.output("dns_name")),
        _ => None,
    }
}

fn put_targets(sheet: &mut Sheet, group: &TargetGroup) {
    let states: BTreeMap<&str, usize> = group.targets.iter().fold(BTreeMap::new(), |mut states, target| {
        *states.entry(target.state.as_str()).or_default() += 1;
        states
    });
    let states: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let states = if states.is_empty() { "none".to_owned() } else { states.join(", ") };
    sheet.put(COLUMN + 3, COLUMN + 5, &[plain(format!("targets: {states}"))]);
}

fn put_fleet(sheet: &mut Sheet, fleet: &Fleet) {
    let Fleet { min, max, desired, .. } = fleet;
    let line = format!("machines: {} in service, {desired} wanted ({min} to {max})", fleet.in_service());
    sheet.put(COLUMN + 3, COLUMN + 5, &[plain(line)]);
    for machine in &fleet.machines {
        let health = if machine.healthy { "healthy" } else { "unhealthy" };
        let role = if machine.healthy && machine.state == "InService" { Role::Dim } else { Role::Warn };
        let line = format!("{}  {}  {}, {health}", machine.id, machine.zone, machine.state);
        sheet.put(COLUMN + 5, COLUMN + 7, &[span(role, line)]);
    }
    if let Some(refresh) = &fleet.refresh {
        sheet.put(COLUMN + 3, COLUMN + 5, &[span(Role::Warn, format!("instance refresh: {refresh}"))]);
    }
}

fn put_server(sheet: &mut Sheet, configured: &Configured) {
    let (name, id) = (configured.server.name(), &configured.server.id);
    let (role, words) = match &configured.boot {
        _ if !configured.server.running => (Role::Dim, "does not run".to_owned()),
        None => (Role::Warn, "has not told how its boot went".to_owned()),
        Some(boot) if !boot.is_ok() => (Role::Remove, "failed, see above".to_owned()),
        Some(boot) => {
            let words = if configured.is_current() { "current" } else { "an older one" };
            let role = if configured.is_current() { Role::Dim } else { Role::Warn };
            // Seconds are all that anyone wants to know.
            (role, format!("{words}, applied in {:.0} s", boot.seconds))
        }
    };
    let line = [plain(format!("configuration of {name}: ")), span(role, format!("{words}  {id}"))];
    sheet.put(COLUMN + 3, COLUMN + 5, &line);
}

fn put_release(sheet: &mut Sheet, sight: &Sight) {
    let Some(pointer) = &sight.release else { return };
    let before =
        pointer.earlier.first().map_or_else(String::new, |one| format!(", before it {}", one.short()));
    let line = [plain("release: "), span(Role::Strong, pointer.current.short()), span(Role::Dim, before)];
    sheet.put(COLUMN + 3, COLUMN + 5, &line);
}

fn put_lease(sheet: &mut Sheet, sight: &Sight) {
    sheet.gap();
    let line = match &sight.lease {
        Some(holder) => span(Role::Warn, format!("At work: {holder}")),
        None => span(Role::Dim, "Nobody is at work here."),
    };
    sheet.put(0, 2, &[line]);
}

/// The same for programs.
pub fn status_json(sight: &Sight, context: &Context) -> Value {
    let troubles = sight.troubles();
    let resource = |live: &Live| {
        let (state, why) = match &live.status {
            Status::Ready => ("ready", None),
            Status::Pending(what) | Status::Short(what) => ("pending", Some(what)),
            Status::Failed(why) => ("failed", Some(why)),
            Status::Deleting => ("deleting", None),
        };
        json!({ "address": live.address, "type": live.kind, "id": live.id, "state": state, "why": why })
    };
    let server = |configured: &Configured| {
        let mut json = json!(configured);
        json["name"] = configured.server.name().into();
        json["current"] = configured.is_current().into();
        json
    };
    json!({
        "stack": context.stack,
        "environment": context.env,
        "region": context.region,
        "healthy": troubles.is_empty() && !sight.live.is_empty(),
        "troubles": troubles,
        "resources": sight.live.iter().map(|live| resource(live)).collect::<Vec<_>>(),
        "missing": sight.missing,
        "target_groups": sight.targets,
        "autoscaling_groups": sight.fleets,
        "machines": sight.servers.iter().map(server).collect::<Vec<_>>(),
        "release": sight.release,
        "lease": sight.lease,
    })
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::testing::{context, there};
    use super::*;
    use crate::model::health::{Machine, Target};
    use crate::model::machine::{Boot, Machine as Server};
    use crate::model::release::{Pointer, Release};

    fn release(c: char) -> Release {
        c.to_string().repeat(40).parse().expect("a commit")
    }

    /// One with the current configuration, one where a task failed.
    fn servers() -> Vec<Configured> {
        let server = |number, id: &str, outcome: &str| Configured {
            server: Server {
                role: "web".to_owned(),
                number: Some(number),
                address: "web.asg".parse().expect("an address"),
                id: id.to_owned(),
                running: true,
                born: None,
            },
            wanted: "ab".to_owned(),
            boot: Some(Boot {
                role: "web".to_owned(),
                instance: id.to_owned(),
                sha256: "ab".to_owned(),
                outcome: outcome.to_owned(),
                task: Some("nginx is installed".to_owned()),
                message: Some("no package matches nginx9".to_owned()),
                seconds: 41.4,
                at: "2026-01-01T00:00:00Z".to_owned(),
            }),
        };
        vec![server(1, "i-1", "ok"), server(2, "i-2", "failed")]
    }

    fn sight() -> Sight {
        let machine = |id: &str, healthy| Machine {
            id: id.to_owned(),
            zone: "eu-central-1a".to_owned(),
            state: "InService".to_owned(),
            healthy,
        };
        let target = |id: &str, state: &str, why: Option<&str>| Target {
            id: id.to_owned(),
            state: state.to_owned(),
            why: why.map(str::to_owned),
        };
        let mut live = there().resources;
        Rc::make_mut(&mut live[3]).status = Status::Pending("provisioning".to_owned());
        Sight {
            live,
            missing: vec!["cache.cluster".parse().expect("an address")],
            fleets: vec![Fleet {
                address: "web.asg".parse().expect("an address"),
                min: 2,
                max: 8,
                desired: 2,
                machines: vec![machine("i-1", true), machine("i-2", false)],
                refresh: Some("InProgress, 50 % done".to_owned()),
            }],
            targets: vec![TargetGroup {
                address: "web.targets".parse().expect("an address"),
                targets: vec![
                    target("i-1", "healthy", None),
                    target("i-2", "unhealthy", Some("Health checks failed with these codes: [502]")),
                ],
            }],
            lease: Some("dev on laptop (process 7) runs `up` since 3 min".to_owned()),
            servers: servers(),
            release: Some(Pointer { current: release('b'), earlier: vec![release('a')] }),
            now: 0,
        }
    }

    #[test]
    fn what_is_wrong_stands_first() {
        let text = render_status(&sight(), &context(), Style::plain(100));
        assert!(text.lines().all(|line| columns(line) <= 100 && line.trim_end() == line), "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn well_and_empty() {
        let well = Sight { live: there().resources, ..Sight::default() };
        let text = render_status(&well, &context(), Style::plain(100));
        assert!(text.starts_with("drucloud/prod in eu-central-1: all is well (8 resources)\n"), "{text}");
        assert!(text.ends_with("Nobody is at work here.\n"), "{text}");
        let empty = render_status(&Sight::default(), &context(), Style::plain(100));
        assert!(empty.contains("nothing is there: `drucloud up` makes it"), "{empty}");
    }

    #[test]
    fn programs_get_the_same() {
        let json = status_json(&sight(), &context());
        assert_eq!((&json["healthy"], &json["troubles"][0]["level"]), (&json!(false), &json!("wrong")));
        assert_eq!(json["autoscaling_groups"][0]["machines"][1]["healthy"], json!(false));
        let second = &json["machines"][1];
        assert_eq!(
            (&second["name"], &second["current"], &second["role"]),
            (&json!("web.2"), &json!(false), &json!("web"))
        );
        assert_eq!(json["release"]["current"], json!("b".repeat(40)));
        assert_eq!(json["resources"].as_array().map(Vec::len), Some(8));
        assert_eq!(status_json(&Sight::default(), &context())["healthy"], json!(false));
    }
}
