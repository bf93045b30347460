//! How many processors and how much memory an instance type has, as far as that follows from its name.
//!
//! Families have so much memory for a processor, and sizes so many processors ("Instance types", EC2 user guide).
//! Of a type that is not known the least is assumed that its size can mean, so that nothing is planned to be
//! larger than the machine.

use super::InstanceType;

/// What a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MiB.
    pub memory_mib: u32,
}

/// The types of 2006 to 2013, which follow no rule: name, processors, memory in MiB.
const OLD: [(&str, u32, u32); 12] = [
    ("m1.small", 1, 1_740),
    ("m1.medium", 1, 3_840),
    ("m1.large", 2, 7_680),
    ("m1.xlarge", 4, 15_360),
    ("m3.medium", 1, 3_840),
    ("m3.large", 2, 7_680),
    ("m3.xlarge", 4, 15_360),
    ("m3.2xlarge", 8, 30_720),
    ("t1.micro", 1, 627),
    ("t2.nano", 1, 512),
    ("t2.micro", 1, 1_024),
    ("t2.small", 1, 2_048),
];

/// The sizes of burstable machines below `large`, which all have two processors: name, memory in MiB.
const BURSTABLE: [(&str, u32); 4] = [("nano", 512), ("micro", 1_024), ("small", 2_048), ("medium", 4_096)];

/// The memory for a processor, in MiB, in families of a kind: the longest beginning that fits counts.
const FAMILIES: [(&str, u32); 13] = [
    ("i3", 7_808),
    ("i4g", 8_192),
    ("i4i", 8_192),
    ("i7i", 8_192),
    ("i8g", 8_192),
    ("m", 4_096),
    ("r", 8_192),
    ("t", 4_096),
    ("x2gd", 16_384),
    ("x2idn", 16_384),
    ("x2iedn", 32_768),
    ("x8g", 16_384),
    ("z1d", 8_192),
];

/// The memory for a processor, in MiB, that every family has at least.
const LEAST: u32 = 2_048;

impl InstanceType {
    /// Its processors and its memory.
    pub fn capacity(&self) -> Capacity {
        let (family, size) = self.as_str().split_once('.').unwrap_or((self.as_str(), ""));
        if let Some((_, vcpus, memory_mib)) = OLD.into_iter().find(|(name, ..)| *name == self.as_str()) {
            return Capacity { vcpus, memory_mib };
        }
        let burstable = BURSTABLE.into_iter().find(|(name, _)| *name == size);
        if let Some((_, memory_mib)) = burstable.filter(|_| family.starts_with('t')) {
            return Capacity { vcpus: 2, memory_mib };
        }
        let vcpus = vcpus(size);
        let kind = FAMILIES.into_iter().filter(|(start, _)| family.starts_with(start));
        let each = kind.max_by_key(|(start, _)| start.len()).map_or(LEAST, |(_, each)| each);
        // Of bare metal the processors are those of the smallest that there is.
        Capacity { vcpus, memory_mib: vcpus.saturating_mul(each) }
    }
}

fn vcpus(size: &str) -> u32 {
    let times = |size: &str, unit: &str| size.strip_suffix(unit).and_then(|times| times.parse::<u32>().ok());
    match size {
        "large" => 2,
        "xlarge" => 4,
        "metal" => 16,
        _ => {
            let times = times(size, "xlarge").or_else(|| times(size.strip_prefix("metal-")?, "xl"));
            times.map_or(1, |times| times.saturating_mul(4))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_what_ec2_says() {
        for (name, vcpus, memory_mib) in [
            ("m7g.large", 2, 8_192),
            ("m7g.medium", 1, 4_096),
            ("m7i.48xlarge", 192, 786_432),
            ("t4g.nano", 2, 512),
            ("t4g.small", 2, 2_048),
            ("t3.2xlarge", 8, 32_768),
            ("t2.small", 1, 2_048),
            ("c7g.xlarge", 4, 8_192),
            ("r8g.large", 2, 16_384),
            ("m1.small", 1, 1_740),
            ("m3.large", 2, 7_680),
            ("x2gd.medium", 1, 16_384),
            ("x2iedn.xlarge", 4, 131_072),
            ("i3.large", 2, 15_616),
            ("z1d.large", 2, 16_384),
            ("m7g.metal", 16, 65_536),
            ("m7i.metal-24xl", 96, 393_216),
        ] {
            let instance: InstanceType = name.parse().expect(name);
            assert_eq!(instance.capacity(), Capacity { vcpus, memory_mib }, "{name}");
        }
    }

    #[test]
    fn an_unknown_type_is_taken_for_a_small_one() {
        let instance: InstanceType = "q9z.large".parse().expect("a type");
        assert_eq!(instance.capacity(), Capacity { vcpus: 2, memory_mib: 4_096 });
        let instance: InstanceType = "u7i-12tb.224xlarge".parse().expect("a type");
        assert_eq!(instance.capacity().vcpus, 896);
    }
}
