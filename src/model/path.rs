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
