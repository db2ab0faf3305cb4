use super::*;

fn income(key: &str, kopecks: i64) -> (String, SignedKopecks) {
    (key.to_owned(), SignedKopecks(kopecks))
}

fn cost(key: &str, millionths: i64, currency: &str) -> CostSum {
    CostSum {
        key: key.to_owned(),
        currency: currency.parse().unwrap(),
        amount: CostAmount::from_i64(millionths),
    }
}

fn rates() -> ExchangeRates {
    let rates = [("USD", "92.50"), ("EUR", "100")];
    let rates = rates.map(|(currency, rate)| (currency.parse().unwrap(), rate.parse().unwrap()));
    ExchangeRates::new(rates.into())
}

fn shown(margin: &Margin) -> String {
    let or_null = |amount: Option<SignedKopecks>| amount.map_or("null".to_owned(), |amount| amount.to_string());
    let costs = margin.costs.iter();
    let costs: Vec<String> = costs
        .map(|cost| format!("{} {} = {}", cost.amount, cost.currency, or_null(cost.roubles)))
        .collect();
    format!(
        "{}: {} - [{}] = {}",
        margin.key,
        margin.income,
        costs.join(", "),
        or_null(margin.margin)
    )
}

fn of(keys: &[&str], incomes: Vec<(String, SignedKopecks)>, costs: Vec<CostSum>) -> Vec<String> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    margins(keys, incomes, costs, &rates()).iter().map(shown).collect()
}

#[test]
fn costs_are_set_against_income_by_key_and_currency() {
    assert_eq!(
        of(
            &["d"],
            vec![income("b", 87_000), income("a", 100), income("a", -300)],
            vec![
                cost("b", 3_600_000, "USD"),
                cost("c", 1_000_000, "USD"),
                cost("c", 500_000, "EUR"),
                cost("c", 1, "USD"),
                cost("b", -600_000, "USD"),
            ],
        ),
        [
            "a: -2.00 - [] = -2.00",
            "b: 870.00 - [3.00 USD = 277.50] = 592.50",
            "c: 0.00 - [0.50 EUR = 50.00, 1.000001 USD = 92.50] = -142.50",
            "d: 0.00 - [] = 0.00",
        ]
    );
}

#[test]
fn without_a_rate_neither_roubles_nor_margin_are_known() {
    let costs = vec![cost("a", 1_000_000, "JPY"), cost("a", 1_000_000, "USD")];
    assert_eq!(
        of(&[], vec![income("a", 500)], costs),
        ["a: 5.00 - [1.00 JPY = null, 1.00 USD = 92.50] = null"]
    );
    assert_eq!(
        of(&[], vec![], vec![cost("a", -1_000_000, "USD")]),
        ["a: 0.00 - [-1.00 USD = -92.50] = 92.50"],
        "a credit"
    );
}

#[test]
fn a_loss_is_what_certainly_cost_more_than_it_earned() {
    for (kopecks, millionths, currency, is_loss) in [
        (9_249, 1_000_000, "USD", true),
        (9_250, 1_000_000, "USD", false),
        (0, 0, "USD", false),
        (0, 1, "JPY", true),
        (1, 1, "JPY", false),
        (-1, 0, "USD", true),
        (0, -1, "JPY", false),
    ] {
        let margins = margins(
            vec![],
            vec![income("a", kopecks)],
            vec![cost("a", millionths, currency)],
            &rates(),
        );
        assert_eq!(margins[0].is_loss(), is_loss, "{kopecks} {millionths} {currency}");
    }
}

#[test]
fn a_period_includes_both_of_its_days() {
    let day = "2026-11-20".parse().ok();
    let (from, until) = Period { from: day, to: day }.bounds();
    assert_eq!(until.as_ms() - from.as_ms(), 86_400_000);
    let (from, until) = Period::default().bounds();
    assert_eq!((from.as_ms(), until.as_ms()), (i64::MIN, i64::MAX));
}
