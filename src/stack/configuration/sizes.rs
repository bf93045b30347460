//! What follows from a machine's processors and memory: how many pages PHP makes at once, and how much each
//! cache may take.
//!
//! The formula and the measured size of a PHP process are those that Drupal sites were run with; what a machine
//! swaps it loses tenfold, so every division is rounded down.

use serde::Serialize;

use crate::stack::site::Drupal;
use crate::stack::text::Capacity;

/// The sizes of PHP on a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Php {
    /// How many requests are worked on at once.
    pub children: u32,
    /// The memory that a request may take.
    pub memory_limit_mib: u32,
    /// The memory for compiled scripts.
    pub opcache_mib: u32,
    /// The part of it for texts that scripts share.
    pub interned_mib: u32,
    /// The memory for what PHP keeps between requests.
    pub apcu_mib: u32,
    /// How many scripts are kept compiled: a prime of those that `OPcache` rounds up to.
    pub max_files: u32,
}

/// What a process of PHP takes beside the shared memory, in MiB: Drupal 7 with some dozens of modules, and the
/// later ones, which are larger by their container.
const CHILD_MIB: [u32; 2] = [64, 96];
/// The most processes for each processor: beyond that they only wait for each other.
const MOST_EACH: u32 = 12;
/// The fewest processes: one that waits for a slow service must not stop the site.
const FEWEST: u32 = 2;

impl Php {
    /// The sizes for a machine that serves pages.
    pub fn of(machine: Capacity, drupal: Drupal) -> Self {
        let modern = drupal != Drupal::Seven;
        let memory = machine.memory_mib;
        let opcache_mib = match memory {
            4_096.. => 256,
            2_048.. => 192,
            1_024.. => 128,
            _ => 64,
        };
        let apcu_mib = match memory {
            8_192.. => 128,
            1_024.. => 64,
            _ => 32,
        };
        // The system, nginx, the agents and the page cache of the disk.
        let reserve = (memory / 4).clamp(256, 1_024);
        let left = u64::from(memory.saturating_sub(reserve + opcache_mib + apcu_mib));
        let fit = left * 85 / 100 / u64::from(CHILD_MIB[usize::from(modern)]);
        let fit = u32::try_from(fit).unwrap_or(u32::MAX);
        Self {
            children: fit.min(machine.vcpus.saturating_mul(MOST_EACH)).max(FEWEST),
            memory_limit_mib: 256,
            opcache_mib,
            interned_mib: if memory >= 4_096 { 32 } else { 16 },
            apcu_mib,
            max_files: if modern { 32_531 } else { 16_229 },
        }
    }
}

/// The heap of Solr in MiB: half of the memory, the other half being the system's cache of the index; below 31 GiB,
/// from where on Java needs twice the memory for the same references.
pub fn solr_heap_mib(machine: Capacity) -> u32 {
    (machine.memory_mib / 2).clamp(192, 31 * 1_024 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn capacity(vcpus: u32, gib: u32) -> Capacity {
        Capacity { vcpus, memory_mib: gib * 1_024 }
    }

    #[test]
    fn children_follow_from_memory_until_the_processors_are_busy() {
        let children = |vcpus, gib| Php::of(capacity(vcpus, gib), Drupal::Eleven).children;
        assert_eq!(children(2, 8), 24, "the processors of m7g.large");
        assert_eq!([children(8, 2), children(8, 4), children(8, 8), children(16, 16)], [11, 24, 60, 132]);
        let seven = Php::of(capacity(8, 4), Drupal::Seven);
        assert_eq!((seven.children, seven.max_files), (36, 16_229));
        let nano = Php::of(Capacity { vcpus: 2, memory_mib: 512 }, Drupal::Ten);
        assert_eq!((nano.children, nano.opcache_mib, nano.apcu_mib), (2, 64, 32));
    }

    #[test]
    fn php_and_its_caches_fit_into_the_machine() {
        for gib in 1..=64 {
            for vcpus in [1, 2, 4, 16, 64] {
                let php = Php::of(capacity(vcpus, gib), Drupal::Eleven);
                let all = php.children * 96 + php.opcache_mib + php.apcu_mib;
                assert!(all < gib * 1_024, "{gib} GiB, {vcpus} processors: {php:?}");
            }
        }
    }

    #[test]
    fn solr_leaves_half_of_the_memory_to_the_index() {
        assert_eq!(solr_heap_mib(capacity(2, 8)), 4_096);
        assert_eq!(solr_heap_mib(capacity(64, 512)), 31 * 1_024 - 1);
        assert_eq!(solr_heap_mib(Capacity { vcpus: 1, memory_mib: 256 }), 192);
    }
}
