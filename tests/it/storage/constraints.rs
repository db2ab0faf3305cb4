//! What no row may contain. Each statement breaks one CHECK, key, index or type.

use super::raw::RefusedBy;
use super::store::Store;

/// Something of everything, with the id 1 each; the operation is open.
async fn furnished(store: &Store) {
    let operation = Store::with_rental(&["46701", "46702"], store).await;
    store.message(operation, "one", super::store::NOW).await;
}

const TOKEN: &str = "unhex('0000000000000000000000000000000000000000000000000000000000000000')";

pub async fn wrong_rows_are_refused(store: Store) {
    furnished(&store).await;
    let gateway = |values: &str| {
        format!(
            "INSERT INTO gateways (name, token_hash, capacity, heartbeat_timeout_ms, heartbeat_at, created_at)
             VALUES ({values})"
        )
    };
    let number = |values: &str| format!("INSERT INTO numbers (number, pool_id, created_at) VALUES ({values})");
    let operation = |values: &str| {
        format!(
            "INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count, closed_at, outcome)
             VALUES ({values})"
        )
    };
    let line = |values: &str| format!("INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES ({values})");
    let long = |values: &str| {
        format!(
            "INSERT INTO concatenated_messages
                 (number, unassigned_reason, sender, received_at, started_at, gateway_id, reference, total)
             VALUES ('46701', 'not_rented', 'x', 1, 1, {values})"
        )
    };
    let right = long("1, 1, 2")
        + "; INSERT INTO message_parts (concatenated_message_id, sequence, units) VALUES (1, 1, unhex('0041'))";
    store.sql(&right).await.unwrap();
    let wrong = [
        gateway(&format!("'', {TOKEN}, 1, 1, 1, 1")),
        gateway(&format!("'{}', {TOKEN}, 1, 1, 1, 1", "x".repeat(65))),
        gateway(&format!("'bank1', {TOKEN}, 1, 1, 1, 1")),
        gateway(&format!("NULL, {TOKEN}, 1, 1, 1, 1")),
        gateway("'b', unhex('00000000000000000000000000000000000000000000000000000000000000'), 1, 1, 1, 1"),
        gateway("'b', (SELECT token_hash FROM gateways), 1, 1, 1, 1"),
        gateway(&format!("'b', {TOKEN}, -1, 1, 1, 1")),
        gateway(&format!("'b', {TOKEN}, 1, 0, 1, 1")),
        gateway(&format!("'b', {TOKEN}, 'two', 1, 1, 1")),
        gateway(&format!("'b', {TOKEN}, 1, 1, '1.5', 1")),
        gateway(&format!("'b', {TOKEN}, 1, 1, 1, NULL")),
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, '', 'x')".to_owned(),
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'any', 'x')".to_owned(),
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'x', 'any')".to_owned(),
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'x', '')".to_owned(),
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'sweden', 'op1')".to_owned(),
        "UPDATE pools SET free = -1".to_owned(),
        "UPDATE pools SET rented = -1".to_owned(),
        "UPDATE pools SET free = 'many'".to_owned(),
        number("'+46703', 1, 0"),
        number("'4670', 1, 0"),
        number("'0467031', 1, 0"),
        number("'4670x', 1, 0"),
        number("'1234567890123456', 1, 0"),
        number("'', 1, 0"),
        number("NULL, 1, 0"),
        number("'46701', 1, 0"),
        number("unhex('3436373033'), 1, 0"),
        "UPDATE numbers SET enabled = 2".to_owned(),
        "UPDATE numbers SET hold = 'unproven' WHERE number = '46701'".to_owned(),
        "UPDATE numbers SET enabled = 0, hold = 'lost' WHERE number = '46701'".to_owned(),
        "UPDATE numbers SET strikes = -1".to_owned(),
        "UPDATE numbers SET banned_until = 1".to_owned(),
        "UPDATE numbers SET ban_reason = 'strikes'".to_owned(),
        "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46702')".to_owned(),
        operation("0, '46702', 1, 1, 0, NULL, NULL"),
        operation("-1, '46702', 1, 1, 0, NULL, NULL"),
        operation("1, '46702', 1, 1, 0, NULL, NULL"),
        operation("2, '46701', 1, 1, 0, NULL, NULL"),
        operation("2, '46702', -1, 1, 0, NULL, NULL"),
        operation("2, '46702', '1.5', 1, 0, NULL, NULL"),
        operation("2, '46702', 1, 1, -1, NULL, NULL"),
        operation("2, '46702', 1, 1, 0, 5, NULL"),
        operation("2, '46702', 1, 1, 0, NULL, 'sold'"),
        operation("2, '46702', 1, 1, 0, 5, 'lost'"),
        "UPDATE operations SET discrepancies = -1".to_owned(),
        line("1, 'gift', 1, 1"),
        line("1, 'void', -1, 1"),
        line("1, 'void', '0.5', 1"),
        line("1, 'reverse', 1, 1"),
        "UPDATE gateways SET kind = ''".to_owned(),
        "UPDATE gateways SET settings = '[]'".to_owned(),
        "UPDATE gateways SET settings = ''".to_owned(),
        "UPDATE gateways SET deleted_name = 'bank1', name = '#1', enabled = 0, settings = '{\"unsigned\":true}'"
            .to_owned(),
        "UPDATE gateways SET enabled = 2".to_owned(),
        "UPDATE gateways SET allow = '{}'".to_owned(),
        "UPDATE gateways SET allow = 'everywhere'".to_owned(),
        "UPDATE gateways SET allow = NULL".to_owned(),
        "INSERT INTO audit (at, actor, kind, client) VALUES (1, 'onlinesim', 'closed', '192.0.2.1')".to_owned(),
        "UPDATE gateways SET name = '#1', deleted_name = 'bank1', enabled = 0".to_owned(),
        "INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (zeroblob(31), 1, 1)".to_owned(),
        "INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (zeroblob(32), 9, 1)".to_owned(),
        "INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (zeroblob(32), 1, NULL)".to_owned(),
        "INSERT INTO slots (number, gateway_id, line) VALUES ('46701', 1, '')".to_owned(),
        "UPDATE messages SET incomplete = 2".to_owned(),
        "UPDATE messages SET withheld = 2".to_owned(),
        "UPDATE messages SET slots = '{}'".to_owned(),
        "UPDATE messages SET unassigned_reason = 'not_rented'".to_owned(),
        "UPDATE messages SET operation_id = NULL, unassigned_reason = 'lost'".to_owned(),
        "UPDATE messages SET fingerprint = NULL".to_owned(),
        "UPDATE concatenated_messages SET operation_id = 1".to_owned(),
        "UPDATE concatenated_messages SET unassigned_reason = 'lost'".to_owned(),
        "UPDATE gateways SET repetitions = -1".to_owned(),
        "UPDATE gateways SET reused_ids = -1".to_owned(),
        "UPDATE operations SET message_count = -1".to_owned(),
        "UPDATE operations SET sms_in_hour = -1".to_owned(),
        "UPDATE operations SET sms_in_hour = 1".to_owned(),
        long("1, -1, 2"),
        long("1, 65536, 2"),
        long("1, 1, 1"),
        long("1, 1, 256"),
        long("1, 1, NULL"),
        "UPDATE message_parts SET sequence = 0".to_owned(),
        "UPDATE message_parts SET sequence = 256".to_owned(),
        "UPDATE message_parts SET units = NULL".to_owned(),
        "UPDATE message_parts SET units = unhex('00')".to_owned(),
        "UPDATE message_parts SET units = 1".to_owned(),
        "UPDATE deliveries SET state = 'lost'".to_owned(),
        "UPDATE deliveries SET state = 'delivered'".to_owned(),
        "UPDATE deliveries SET state = 'delivered', settled_at = 1".to_owned(),
        "UPDATE deliveries SET settled_at = 1".to_owned(),
        "UPDATE deliveries SET leased_until = due_at + 1".to_owned(),
        "UPDATE deliveries SET due_at = NULL, leased_until = 1".to_owned(),
        "UPDATE deliveries SET attempts = -1".to_owned(),
        "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
         VALUES (2, 1, '46701', 'not_rented', 'x', NULL, 1)"
            .to_owned(),
        "INSERT INTO audit (at, actor, kind) VALUES (1, NULL, 'x')".to_owned(),
        "INSERT INTO audit (at, actor, kind) VALUES ('today', 'admin', 'x')".to_owned(),
        "INSERT INTO probe (id, written_at) VALUES (2, 0)".to_owned(),
    ];
    for statement in wrong {
        let taken = store.sql(&statement).await;
        taken.expect_err(&statement);
    }
}

pub async fn rows_that_break_a_reference_are_refused(store: Store) {
    furnished(&store).await;
    for statement in [
        "INSERT INTO pools (gateway_id, country, operator) VALUES (9, 'x', 'x')",
        "INSERT INTO numbers (number, pool_id, created_at) VALUES ('46703', 9, 0)",
        "INSERT INTO operations (id, number, sum_kopecks, opened_at) VALUES (2, '46709', 1, 1)",
        "INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (9, 'reserve', 1, 1)",
        "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
         VALUES (2, 9, '46701', 'not_rented', 'x', 'x', 1)",
        "INSERT INTO deliveries (message_id, operation_id) VALUES (9, 1)",
        "INSERT INTO audit (at, actor, kind, operation_id) VALUES (1, 'admin', 'x', 9)",
        "DELETE FROM gateways",
        "DELETE FROM pools",
        "DELETE FROM numbers",
        "DELETE FROM messages",
    ] {
        let error = store.sql(statement).await.expect_err(statement);
        assert_eq!(error.by, RefusedBy::ForeignKey, "{statement}: {error:?}");
    }
}

/// Each of the rules that only a trigger can keep.
pub async fn rows_that_break_a_rule_are_refused(store: Store) {
    furnished(&store).await;
    store
        .sql("INSERT INTO numbers (number, pool_id, enabled, created_at) VALUES ('46704', 1, 0, 0)")
        .await
        .unwrap();
    store
        .sql("INSERT INTO numbers (number, pool_id, banned_until, ban_reason, created_at) VALUES ('46705', 1, 9, 'x', 0)")
        .await
        .unwrap();
    store
        .sql("INSERT INTO numbers (number, pool_id, rests_until, created_at) VALUES ('46706', 1, 9, 0)")
        .await
        .unwrap();
    store
        .sql("INSERT INTO numbers (number, pool_id, enabled, hold, created_at) VALUES ('46707', 1, 0, 'unproven', 0)")
        .await
        .unwrap();
    for (rule, statement) in [
        (3, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46706')"),
        (3, "UPDATE pools SET country = 'norway'"),
        (3, "UPDATE pools SET gateway_id = 2"),
        (3, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46704')"),
        (3, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46705')"),
        (3, "INSERT INTO available_numbers (pool_id, number) VALUES (9, '46702')"),
        (3, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46709')"),
        (1, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46701')"),
        (
            6,
            "INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'void', 100000, 1)",
        ),
        (
            6,
            "INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'post', 100000, 1)",
        ),
        (
            3,
            "UPDATE gateways SET enabled = 0; UPDATE pools SET free = free - 1, rented = rented + 1 WHERE id = 1",
        ),
        (15, "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46707')"),
        (15, "UPDATE numbers SET enabled = 0, hold = 'unproven' WHERE number = '46702'"),
        (16, "UPDATE numbers SET enabled = 0, hold = 'given_back' WHERE number = '46701'"),
        (
            8,
            "INSERT INTO messages (id, gateway_id, number, operation_id, sender, text, received_at)
             VALUES (7, 1, '46702', 1, 'x', 'x', 9000000000000)",
        ),
        (
            8,
            "INSERT INTO messages (id, gateway_id, number, sender, text, received_at) VALUES (7, 1, '46702', 'x', 'x', 1)",
        ),
        (
            7,
            "INSERT INTO messages (id, gateway_id, number, operation_id, sender, text, received_at, withheld)
             VALUES (7, 1, '46701', 1, 'x', 'x', 9000000000000, 1);
             INSERT INTO deliveries (message_id, operation_id) VALUES (7, 1)",
        ),
        (7, "UPDATE messages SET withheld = 1"),
        (
            8,
            "INSERT INTO concatenated_messages (id, number, sender, received_at, started_at, gateway_id, reference, total)
             VALUES (1, '46702', 'x', 1, 1, 1, 0, 255)",
        ),
    ] {
        let outcome = store.sql(statement).await;
        let refused = outcome
            .as_ref()
            .is_err_and(|error| error.by == RefusedBy::Trigger);
        assert!(refused, "rule {rule}: {statement}: {outcome:?}");
    }
    store
        .sql("UPDATE operations SET sms_count = 1 WHERE id = 1")
        .await
        .unwrap();
    let expired = store
        .sql("UPDATE operations SET closed_at = 5, outcome = 'no_sms' WHERE id = 1")
        .await;
    assert!(expired.is_err(), "rule 5");
}

/// The statements above fail for their one mistake: without it they are taken.
pub async fn right_rows_are_taken(store: Store) {
    furnished(&store).await;
    for statement in [
        "INSERT INTO gateways (name, token_hash, capacity, heartbeat_timeout_ms, heartbeat_at, created_at)
         VALUES ('b', zeroblob(32), 0, 1, 1, 1)",
        "INSERT INTO pools (gateway_id, country, operator) VALUES (1, 'x', 'x')",
        "INSERT INTO numbers (number, pool_id, created_at) VALUES ('46703', 1, 0)",
        "INSERT INTO numbers (number, pool_id, created_at) VALUES ('123456789012345', 1, 0)",
        "INSERT INTO available_numbers (pool_id, number) VALUES (1, '46703')",
        "UPDATE numbers SET enabled = 0, strikes = 3, banned_until = 1, ban_reason = 'strikes'",
        "UPDATE numbers SET hold = 'giving_back' WHERE number = '46701'",
        "UPDATE numbers SET hold = NULL, enabled = 1 WHERE number = '46701'",
        "INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count, closed_at, outcome)
         VALUES (2, '46702', 0, 1, 0, 5, 'no_sms')",
        "INSERT INTO operations (id, number, sum_kopecks, opened_at, sms_count) VALUES (3, '46702', 1, 1, 1)",
        "INSERT INTO ledger (operation_id, kind, kopecks, booked_at) VALUES (1, 'void', 0, 1)",
        "UPDATE deliveries SET leased_until = due_at",
        "UPDATE deliveries SET state = 'delivered', due_at = NULL, leased_until = NULL, settled_at = 1",
        "INSERT INTO messages (id, gateway_id, number, unassigned_reason, sender, text, received_at)
         VALUES (2, 1, '46701', 'too_many', 'x', '', 1)",
        "UPDATE operations SET sms_in_hour = 1, sms_hour_began_at = 1",
        "INSERT INTO audit (at, actor, kind, operation_id) VALUES (1, 'admin', 'x', 1)",
        "UPDATE gateways SET kind = 'any', settings = '{\"secrets\":[\"key\"]}', enabled = 0 WHERE id = 1",
        "UPDATE gateways SET enabled = 1 WHERE id = 1",
        "INSERT INTO old_tokens (token_hash, gateway_id, good_until) VALUES (zeroblob(32), 1, 1)",
        "INSERT INTO slots (number, gateway_id, line) VALUES ('46701', 1, 'x')",
        "UPDATE messages SET incomplete = 1, slots = '[1]'",
        "INSERT INTO concatenated_messages
             (id, number, unassigned_reason, sender, received_at, started_at, gateway_id, reference, total)
         VALUES (1, '', 'unknown_line', 'x', 1, 1, 1, 0, 255)",
        "INSERT INTO message_parts (concatenated_message_id, sequence, units) VALUES (1, 255, unhex(''))",
        "UPDATE message_parts SET units = unhex('DE00D83D')",
    ] {
        store
            .sql(statement)
            .await
            .unwrap_or_else(|error| panic!("{statement}: {error:?}"));
    }
}
