//! The critical path: for every step the longest expected time from its start to the end of the plan.

use super::plan::Step;

/// Seconds from the start of each step until all that waits for it is done; index by index.
///
/// The largest one is the lower bound of the whole plan.
pub fn remaining(steps: &[Step]) -> Vec<u32> {
    let followers = followers(steps);
    let mut longest = vec![0; steps.len()];
    for &index in order(steps, &followers).iter().rev() {
        let rest = followers[index].iter().map(|&next| longest[next]).max().unwrap_or(0);
        longest[index] = steps[index].expected() + rest;
    }
    longest
}

/// The critical path: the steps, by index and in order, that the whole plan waits for.
pub fn critical(steps: &[Step]) -> Vec<usize> {
    let (remaining, followers) = (remaining(steps), followers(steps));
    // Of equals the first, so that the same plan has the same path.
    let longest = |among: &mut dyn Iterator<Item = usize>| {
        among.max_by_key(|&index| (remaining[index], std::cmp::Reverse(index)))
    };
    let mut path = Vec::new();
    let mut next = longest(&mut (0..steps.len()));
    while let Some(index) = next.filter(|_| path.len() < steps.len()) {
        path.push(index);
        next = longest(&mut followers[index].iter().copied());
    }
    path
}

/// The steps that wait for each other, if any do: such a plan cannot be executed.
pub fn circle(steps: &[Step]) -> Option<Vec<usize>> {
    let order = order(steps, &followers(steps));
    let mut stuck = vec![true; steps.len()];
    for &index in &order {
        stuck[index] = false;
    }
    (order.len() < steps.len()).then(|| (0..steps.len()).filter(|&index| stuck[index]).collect())
}

/// For every step the ones that wait for it.
pub fn followers(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        step.after.iter().for_each(|&before| followers[before].push(index));
    }
    followers
}

/// Each step after those that it waits for; steps in a circle are left out.
fn order(steps: &[Step], followers: &[Vec<usize>]) -> Vec<usize> {
    let mut waits: Vec<usize> = steps.iter().map(|step| step.after.len()).collect();
    let mut order: Vec<usize> = (0..steps.len()).filter(|&index| waits[index] == 0).collect();
    let mut at = 0;
    while at < order.len() {
        for &next in &followers[order[at]] {
            waits[next] -= 1;
            if waits[next] == 0 {
                order.push(next);
            }
        }
        at += 1;
    }
    order
}

#[cfg(test)]
mod tests {
    use super::super::plan::{Action, Reason};
    use super::super::testing::schema;
    use super::*;

    fn step(kind: &str, after: &[usize]) -> Step {
        Step {
            address: format!("a.{kind}").parse().unwrap(),
            schema: schema(kind),
            action: Action::Create,
            reason: Reason::Missing,
            live: None,
            desired: None,
            protect: false,
            after: after.to_vec(),
        }
    }

    #[test]
    fn the_critical_path_is_the_longest_in_time() {
        // The load balancer takes 120 s, the database 820 s, all else 10 s.
        let steps = [
            step("vpc", &[]),
            step("subnet", &[0]),
            step("load_balancer", &[1]),
            step("database", &[1]),
            step("record", &[3]),
            step("asg", &[2]),
        ];
        assert_eq!(critical(&steps), [0, 1, 3, 4]);
        assert_eq!(remaining(&steps)[0], 10 + 10 + 820 + 10);
        assert!(critical(&[]).is_empty());
    }
}
