//! What a dead program held: free at once where the kernel proves that no other lives.

use super::house::{House, LEASE, PLENTY, roll_out};

#[tokio::test]
async fn what_a_dead_program_held_is_free_at_once_where_no_other_lives() {
    let house = House::new().await;
    assert_eq!(house.store.take_over().await.expect("an answer"), Some(0));
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    let held = house.claim().await;
    let next = house.another().await;
    assert_eq!(next.take_over().await.expect("an answer"), None, "the first one lives");
    assert!(next.claim_due(PLENTY, LEASE).await.expect("claims").is_empty());
    next.close().await;
    house.store.close().await;
    let last = house.another().await;
    assert_eq!(last.take_over().await.expect("an answer"), Some(1));
    let again = last.claim_due(PLENTY, LEASE).await.expect("claims");
    assert_eq!((again.len(), again[0].claim.effect == held[0].claim.effect, again[0].tries), (1, true, 2));
}

#[tokio::test]
async fn who_cannot_keep_the_lock_waits_until_claims_run_out() {
    let house = House::new().await;
    house.commit(vec![], vec![roll_out("d1", 1)], vec![]).await;
    house.claim().await;
    // Nothing can be opened for writing where a folder is.
    let beside = format!("{}.alive", house.file().display());
    std::fs::create_dir(beside).expect("a folder");
    let next = house.another().await;
    assert_eq!(next.take_over().await.expect("an answer"), None);
    assert!(next.claim_due(PLENTY, LEASE).await.expect("claims").is_empty());
    house.clock.pass(LEASE);
    assert_eq!(next.claim_due(PLENTY, LEASE).await.expect("claims").len(), 1);
}
