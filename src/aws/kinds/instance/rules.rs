//! What a change of an instance's property does, where that depends on the values.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::schema::Effect;

use super::Root;

/// The rule of `root`: growth and another type need no restart; what holds no data can be made anew for the rest.
pub fn root(from: &Value, to: &Value) -> Effect {
    let read = |value: &Value| serde_json::from_value::<Root>(value.clone()).ok();
    let (Some(live), Some(wish)) = (read(from), read(to)) else { return Effect::NoInterruption };
    if wish.size_gib < live.size_gib || wish.encrypted != live.encrypted || wish.device != live.device {
        Effect::Replacement
    } else {
        Effect::NoInterruption
    }
}

/// The rule of `volumes`: one more is attached to the running machine; to take one off, it is stopped.
pub fn volumes(from: &Value, to: &Value) -> Effect {
    let read = |value: &Value| serde_json::from_value::<BTreeMap<String, Value>>(value.clone());
    let (Ok(live), Ok(wish)) = (read(from), read(to)) else { return Effect::NoInterruption };
    let stays = live.iter().all(|(device, volume)| wish.get(device) == Some(volume));
    if stays { Effect::NoInterruption } else { Effect::SomeInterruption }
}

/// The rule of `running`: starting what is stopped interrupts nothing.
pub fn running(_: &Value, to: &Value) -> Effect {
    if to == false { Effect::SomeInterruption } else { Effect::NoInterruption }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_root_volume_grows_in_place_and_is_else_made_anew() {
        let root = |size_gib: i32, kind: &str, encrypted: bool| json!({"device": "/dev/xvda", "size_gib": size_gib, "type": kind, "encrypted": encrypted});
        let live = root(20, "gp3", true);
        assert_eq!(super::root(&live, &root(30, "gp3", true)), Effect::NoInterruption);
        assert_eq!(super::root(&live, &root(20, "gp2", true)), Effect::NoInterruption);
        assert_eq!(super::root(&live, &root(10, "gp3", true)), Effect::Replacement);
        assert_eq!(super::root(&live, &root(20, "gp3", false)), Effect::Replacement);
    }

    #[test]
    fn only_taking_a_volume_off_interrupts() {
        let volume = |id: &str| json!({"$id": id, "$kind": "volume"});
        let (none, one) = (json!({}), json!({"/dev/sdf": volume("vol-1")}));
        let two = json!({"/dev/sdf": volume("vol-1"), "/dev/sdg": volume("vol-2")});
        assert_eq!(volumes(&none, &one), Effect::NoInterruption);
        assert_eq!(volumes(&one, &two), Effect::NoInterruption);
        assert_eq!(volumes(&two, &one), Effect::SomeInterruption);
        assert_eq!(volumes(&one, &json!({"/dev/sdf": volume("vol-2")})), Effect::SomeInterruption);
    }
}
