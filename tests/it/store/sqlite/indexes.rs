//! What is asked often is found by an index.

use super::house::House;

#[tokio::test]
async fn history_stays_flat_by_its_indexes() {
    let house = House::new().await;
    let mut connection = <sqlx::AnyConnection as sqlx::Connection>::connect(&house.url()).await.expect("a connection");
    for (statement, index) in [
        ("SELECT state FROM deployments WHERE phase <> 'closed'", "deployments_open"),
        (
            "SELECT state FROM deployments WHERE app = 'a' AND environment = 'b' AND created_at < 9 \
             ORDER BY created_at DESC, id DESC LIMIT 5",
            "deployments_of_environment",
        ),
        ("SELECT data FROM ledger WHERE owner = 'd' AND owner <> '' ORDER BY seq", "ledger_of_owner"),
        ("SELECT body FROM releases WHERE app = 'a' AND one_way = 1 ORDER BY ord DESC", "releases_one_way"),
        (
            "SELECT body FROM evidence WHERE app = 'a' AND environment = 'b' AND digest = 'c' \
             ORDER BY found, seq DESC LIMIT 1",
            "evidence_by_digest",
        ),
        ("SELECT app FROM environments WHERE wake_at <= 5 AND wake_at < 9223372036854775807", "environments_wake"),
    ] {
        let plan: Vec<String> = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .fetch_all(&mut connection)
            .await
            .expect(statement)
            .iter()
            .map(|row| sqlx::Row::get(row, "detail"))
            .collect();
        assert!(plan.iter().any(|line| line.contains(index)), "{statement}: {plan:?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{statement}: {plan:?}");
    }
}
