//! When to look again and when to try again: from the expected time of what is waited for.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// Looks are aligned to this grid, so that all who wait for a kind share one list.
pub const TICK: Duration = Duration::from_millis(200);

/// How long "not found by its tags" proves nothing: EC2's reads lag behind its writes.
pub const HORIZON: Duration = Duration::from_secs(300);

/// How long a list may hide what another list has shown before: they are answered from copies that lag by some
/// seconds, each by its own.
pub const MOMENT: Duration = Duration::from_secs(30);

/// The wait before the next look at something that began `elapsed` ago and is expected to take `expected`.
///
/// Well before the expected time looks double their distance (it may be faster than thought); around it they
/// come every hundredth of it, so that waiting adds about half a percent; the distance is 0.2 to 15 s.
pub fn look(elapsed: Duration, expected: Duration) -> Duration {
    let fine = expected / 100;
    let wait = if elapsed < expected * 8 / 10 {
        elapsed
            .clamp(TICK, Duration::from_secs(60))
            .min((expected * 8 / 10).saturating_sub(elapsed).max(fine))
    } else if elapsed < expected * 3 {
        fine
    } else {
        elapsed / 60
    };
    wait.clamp(TICK, Duration::from_secs(60))
}

/// The wait before repeating a failed call: doubles from 0.4 s to 20 s, spread by who waits, so that many who
/// were throttled together do not come back together.
pub fn again(attempt: u32, who: &str) -> Duration {
    let base = Duration::from_millis(400) * 2_u32.pow(attempt.min(6));
    let hash = Sha256::digest(format!("{who}#{attempt}").as_bytes());
    base.min(Duration::from_secs(20)).mul_f64(0.5 + f64::from(hash[0]) / 255.0)
}

/// How long a step may take before it is given up: generous, because giving up early helps nobody.
pub fn limit(expected: u32) -> Duration {
    Duration::from_secs(600) + Duration::from_secs(u64::from(expected)) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_adds_little_to_long_and_short_things() {
        for expected in [2_u64, 12, 125, 350, 820] {
            let expected = Duration::from_secs(expected);
            for factor in [5, 20, 50, 100, 150] {
                let ready = expected * factor / 100;
                let (mut at, mut looks) = (Duration::ZERO, 0);
                while at < ready {
                    at += look(at, expected);
                    looks += 1;
                }
                let late = at.saturating_sub(ready);
                assert!(looks <= 130, "{looks} looks at {expected:?}");
                let bound = if factor < 80 { ready.mul_f64(1.1) } else { expected / 100 }.max(TICK);
                assert!(late <= bound, "{late:?} late for {ready:?} of {expected:?}");
            }
        }
    }

    #[test]
    fn those_who_were_throttled_together_come_back_apart() {
        assert_ne!(again(3, "network.vpc"), again(3, "network.gateway"));
        assert!(again(30, "x") <= Duration::from_secs(30));
        assert!(again(0, "x") >= Duration::from_millis(200));
    }
}
