//! Orders and their lines: what the database refuses by itself.

use leaseline::domain::purchase::line::LineState;
use strum::IntoEnumIterator as _;

use super::raw::RefusedBy;
use super::store::Store;

/// An order with the id 1.
async fn order(store: &Store) {
    let statement =
        "INSERT INTO orders (id, supplier, reference, numbers, options, country, operator, setup_max, monthly_max,
                                         prove, created_at)
                     VALUES (1, 'carrierx', 'may-1', '{}', '[]', 'sweden', 'other', 0, 1000000, 0, 1)";
    store.sql(statement).await.unwrap();
}

/// A line of that order whose number is ours, unless it was given back or cancelled.
fn line(id: usize, supplier: &str, state: LineState, number: &str) -> String {
    let is_ours = i32::from(!matches!(state, LineState::GivenBack | LineState::Cancelled));
    format!(
        "INSERT INTO order_lines (id, order_id, supplier, state, number, is_number_fixed, is_ours, owned_since, setup_max,
                                  monthly_max, state_since, kept_state, kept_enabled)
         VALUES ({id}, 1, '{supplier}', '{state}', '{number}', 1, {is_ours}, 1, 0, 1000000, 1, 'stocked', 1)"
    )
}

/// What refuses the statement.
async fn refusal(store: &Store, statement: &str) -> Option<RefusedBy> {
    let refused = store.sql(statement).await.err()?;
    Some(refused.by)
}

pub async fn rule_13_the_states_of_a_line_follow_one_another_as_the_domain_has_it(store: Store) {
    order(&store).await;
    let pairs = LineState::iter().flat_map(|from| LineState::iter().map(move |to| (from, to)));
    for (index, (from, to)) in pairs.enumerate() {
        let number = format!("4670{index:05}");
        store.sql(&line(index + 1, "carrierx", from, &number)).await.unwrap();
        let is_ours = i32::from(to != LineState::GivenBack);
        let change = format!(
            "UPDATE order_lines SET state = '{to}', is_ours = {is_ours} WHERE id = {}",
            index + 1
        );
        let expected = (from != to && !from.can_become(to)).then_some(RefusedBy::Trigger);
        assert_eq!(refusal(&store, &change).await, expected, "{from} -> {to}");
    }
    assert_eq!(store.rows("order_lines").await, 121);
}

pub async fn rule_16_only_what_is_ours_is_given_back(store: Store) {
    order(&store).await;
    store
        .sql(&line(1, "carrierx", LineState::Refused, "46701"))
        .await
        .unwrap();
    let change = "UPDATE order_lines SET state = 'giving_back', is_ours = 1";
    store.sql("UPDATE order_lines SET is_ours = 0").await.unwrap();
    assert_eq!(refusal(&store, change).await, Some(RefusedBy::Trigger));
    store.sql("UPDATE order_lines SET is_ours = 1").await.unwrap();
    assert_eq!(refusal(&store, change).await, None);
    let still_ours = "UPDATE order_lines SET state = 'given_back'";
    assert_eq!(refusal(&store, still_ours).await, Some(RefusedBy::Check));
}

pub async fn rule_13_a_number_has_one_live_line_at_its_supplier(store: Store) {
    order(&store).await;
    for (index, state) in LineState::iter().enumerate() {
        let (first, number) = (10 * index, format!("4670{index:05}"));
        store.sql(&line(first + 1, "carrierx", state, &number)).await.unwrap();
        let second = line(first + 2, "carrierx", LineState::Planned, &number);
        let is_over = matches!(state, LineState::GivenBack | LineState::Cancelled);
        let expected = (!is_over).then_some(RefusedBy::Unique);
        assert_eq!(refusal(&store, &second).await, expected, "{state}");
        let elsewhere = line(first + 3, "multitel", LineState::Planned, &number);
        assert_eq!(refusal(&store, &elsewhere).await, None, "{state}");
    }
    // What is refused is paid for if it is ours, and free otherwise.
    let number = "46709";
    let refused = line(901, "carrierx", LineState::Refused, number);
    store.sql(&refused).await.unwrap();
    let second = line(902, "carrierx", LineState::Planned, number);
    assert_eq!(refusal(&store, &second).await, Some(RefusedBy::Unique));
    let not_ours = "UPDATE order_lines SET is_ours = 0 WHERE id = 901";
    store.sql(not_ours).await.unwrap();
    assert_eq!(refusal(&store, &second).await, None);
}

/// Stores an entry of the line.
fn cost(line: i64, kind: &str, millionths: i64, day: &str) -> String {
    format!(
        "INSERT INTO costs (order_line_id, kind, millionths, currency, day, booked_at)
         VALUES ({line}, '{kind}', {millionths}, 'USD', '{day}', 1)"
    )
}

pub async fn wrong_orders_are_refused(store: Store) {
    order(&store).await;
    store
        .sql(&line(1, "carrierx", LineState::Stocked, "46701"))
        .await
        .unwrap();
    let row = |table: &str, columns: &str, values: &str| format!("INSERT INTO {table} ({columns}) VALUES ({values})");
    let pause = |values| {
        row(
            "supplier_pauses",
            "supplier, failures, pauses, paused_until, reason",
            values,
        )
    };
    let rule = |values| {
        let columns = "supplier, country, floor, target, prefix, monthly_max, batch_max, enabled";
        row("restock_rules", columns, values)
    };
    for statement in [
        "UPDATE orders SET supplier = 'CarrierX'".to_owned(),
        "UPDATE orders SET reference = ''".to_owned(),
        format!("UPDATE orders SET reference = '{}'", "x".repeat(65)),
        "UPDATE orders SET numbers = '[]'".to_owned(),
        "UPDATE orders SET options = '{}'".to_owned(),
        "UPDATE orders SET country = 'any'".to_owned(),
        "UPDATE orders SET operator = ''".to_owned(),
        "UPDATE orders SET setup_max = -1".to_owned(),
        "UPDATE orders SET monthly_max = -1".to_owned(),
        "UPDATE orders SET prove = 2".to_owned(),
        "UPDATE order_lines SET number = '+46701'".to_owned(),
        "UPDATE order_lines SET number = NULL".to_owned(),
        "UPDATE order_lines SET is_number_fixed = 2".to_owned(),
        "UPDATE order_lines SET is_ours = 0".to_owned(),
        "UPDATE order_lines SET owned_since = NULL".to_owned(),
        "UPDATE order_lines SET setup_max = -1".to_owned(),
        "UPDATE order_lines SET setup = -1, monthly = 1".to_owned(),
        "UPDATE order_lines SET setup = 1".to_owned(),
        "UPDATE order_lines SET attempts = -1".to_owned(),
        "UPDATE order_lines SET attempts = 1".to_owned(),
        "UPDATE order_lines SET attempted_at = 1".to_owned(),
        "UPDATE order_lines SET retries = -1".to_owned(),
        "UPDATE order_lines SET sms_url_hash = unhex('00')".to_owned(),
        "UPDATE order_lines SET rewire_since = 1".to_owned(),
        "UPDATE order_lines SET rewire_since = 1, rewire_by_sms = 2".to_owned(),
        "UPDATE order_lines SET gone_enabled = 1".to_owned(),
        "UPDATE order_lines SET kept_state = 'planned'".to_owned(),
        "UPDATE order_lines SET kept_enabled = NULL".to_owned(),
        "UPDATE order_lines SET state = 'giving_back', kept_state = NULL, kept_enabled = NULL".to_owned(),
        cost(1, "gift", 1, "2026-11-20"),
        cost(1, "setup", -1, "2026-11-20"),
        cost(1, "setup", 1, "20.11.2026"),
        pause("'other', 0, 0, NULL, NULL"),
        pause("'cm', -1, 0, NULL, NULL"),
        pause("'cm', 0, -1, NULL, NULL"),
        pause("'cm', 0, 0, 1, NULL"),
        rule("'cm', 'sweden', 1, 2, NULL, 0, 1, 1"),
        rule("'carrierx', 'any', 1, 2, NULL, 0, 1, 1"),
        rule("'carrierx', 'sweden', 0, 2, NULL, 0, 1, 1"),
        rule("'carrierx', 'sweden', 3, 2, NULL, 0, 1, 1"),
        rule("'carrierx', 'sweden', 1, 2, '46x', 0, 1, 1"),
        rule("'carrierx', 'sweden', 1, 2, NULL, -1, 1, 1"),
        rule("'carrierx', 'sweden', 1, 2, NULL, 0, 1001, 1"),
        rule("'carrierx', 'sweden', 1, 2, NULL, 0, 1, 2"),
        row(
            "owned_comparisons",
            "supplier, compared_at, gone, unlisted",
            "'carrierx', 1, -1, 0",
        ),
        row(
            "owned_comparisons",
            "supplier, compared_at, gone, unlisted",
            "'carrierx', 1, 0, -1",
        ),
        row(
            "order_callbacks",
            "order_line_id, received_at, body",
            "1, 1, zeroblob(65537)",
        ),
        row(
            "troubles",
            "kind, began_at, count, detail",
            "'supplier_paused', 1, 1, ''",
        ),
        row(
            "troubles",
            "kind, supplier, began_at, count, detail",
            "'disk_low', 'cm', 1, 1, ''",
        ),
        row(
            "troubles",
            "kind, supplier, began_at, count, detail",
            "'stock_differs', 'x', 1, 1, ''",
        ),
    ] {
        assert_eq!(refusal(&store, &statement).await, Some(RefusedBy::Check), "{statement}");
    }
    for statement in [
        line(2, "carrierx", LineState::Planned, "46702").replace("(2, 1,", "(2, 9,"),
        cost(9, "setup", 1, "2026-11-20"),
        "UPDATE order_lines SET attempted_at = 1, call_line_id = 9".to_owned(),
        row("order_callbacks", "order_line_id, received_at, body", "9, 1, unhex('')"),
        "INSERT INTO audit (at, actor, kind, order_line_id) VALUES (1, 'admin', 'x', 9)".to_owned(),
        "DELETE FROM orders".to_owned(),
    ] {
        assert_eq!(
            refusal(&store, &statement).await,
            Some(RefusedBy::ForeignKey),
            "{statement}"
        );
    }
}

/// The statements above fail for their one mistake: without it they are taken.
pub async fn right_orders_are_taken(store: Store) {
    order(&store).await;
    for statement in [
        &line(1, "carrierx", LineState::Stocked, "46701"),
        "UPDATE order_lines SET setup = 0, monthly = 1, attempts = 1, attempted_at = 1, call_line_id = 1",
        "UPDATE order_lines SET sms_url_hash = zeroblob(32), due_at = 1, kept_state = NULL, kept_enabled = NULL",
        "UPDATE order_lines SET rewire_since = 1, rewire_by_sms = 0, gone_since = 1, gone_enabled = 1",
        "INSERT INTO supplier_pauses (supplier, reason) VALUES ('cm', 'HTTP 401')",
        "INSERT INTO supplier_pauses (supplier, paused_until, reason) VALUES ('carrierx', 1, 'no answer')",
        "INSERT INTO restock_rules (supplier, country, floor, target, prefix, monthly_max, batch_max, enabled, order_id)
         VALUES ('carrierx', 'sweden', 1, 1, '4670', 0, 1000, 1, 1)",
        "INSERT INTO owned_comparisons (supplier, compared_at, gone, unlisted) VALUES ('carrierx', 1, 0, 0)",
        "INSERT INTO order_callbacks (order_line_id, received_at, body) VALUES (1, 1, zeroblob(65536))",
        "INSERT INTO audit (at, actor, kind, order_line_id) VALUES (1, 'admin', 'x', 1)",
        "INSERT INTO troubles (kind, supplier, began_at, count, detail)
         VALUES ('supplier_paused', 'cm', 1, 1, ''), ('supplier_paused', 'carrierx', 1, 1, ''),
                ('numbers_to_rewire', 'cm', 1, 1, '')",
    ] {
        assert_eq!(refusal(&store, statement).await, None, "{statement}");
    }
    // One open trouble of a kind for each wholesaler.
    let again =
        "INSERT INTO troubles (kind, supplier, began_at, count, detail) VALUES ('supplier_paused', 'cm', 1, 1, '')";
    assert_eq!(refusal(&store, again).await, Some(RefusedBy::Unique));
}
