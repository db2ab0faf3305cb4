//! The sections of the wholesalers, and the rates.

use std::time::Duration;

use super::*;
use crate::domain::money::Kopecks;

#[test]
fn a_section_that_is_not_written_is_off() {
    let accounts = with(&[]).unwrap().supplier_accounts().unwrap();
    assert!(accounts.multitel_v3.is_none() && accounts.multitel.is_none());
    assert!(accounts.cm.is_none() && accounts.carrierx.is_none());
    // The name alone, and what the default file has already, too.
    let toml = "[cm]\n[carrierx]\nurl = \"https://api.carrierx.com/core/v2\"\n";
    let accounts = from_file(toml, &[]).unwrap().supplier_accounts().unwrap();
    assert!(accounts.cm.is_none() && accounts.carrierx.is_none());
}

#[test]
fn the_accounts_are_what_is_written() {
    let config = with_everything(&[
        ("LEASELINE_MULTITEL__SID", "7"),
        ("LEASELINE_CM__CURRENCY", "EUR"),
        ("LEASELINE_CARRIERX__BUDGET_PER_DAY", "20.00"),
        ("LEASELINE_SUPPLIERS__PAUSE_MAX", "2h"),
    ])
    .unwrap();
    let accounts = config.supplier_accounts().unwrap();
    let v3 = accounts.multitel_v3.unwrap();
    assert_eq!((v3.user.as_str(), v3.sid), ("v3-user", None));
    let classic = accounts.multitel.unwrap();
    assert_eq!(
        (classic.user.as_str(), classic.sid.as_deref()),
        ("classic-user", Some("7"))
    );
    let cm = accounts.cm.unwrap();
    assert_eq!(
        (cm.account.as_str(), cm.terms.currency.to_string()),
        ("6f0a7c1e", "EUR".to_owned())
    );
    let price = cm.terms.fixed_price.unwrap();
    assert_eq!(
        (price.setup.to_string(), price.monthly.to_string()),
        ("0.00".into(), "1.20".into())
    );
    let terms = accounts.carrierx.unwrap().terms;
    assert_eq!(terms.currency.to_string(), "USD");
    assert_eq!(terms.budget_per_day.map(|budget| budget.as_i64()), Some(20_000_000));
    assert_eq!((terms.fixed_price, cm.terms.budget_per_day), (None, None));
    let pauses = config.suppliers.pause_policy();
    assert_eq!(
        (pauses.first, pauses.max),
        (Duration::from_mins(1), Duration::from_hours(2))
    );
}

#[test]
fn half_a_section_is_refused_with_what_is_missing() {
    for (section, key, missing) in [
        ("multitel_v3", "user", "password"),
        ("multitel_v3", "password", "user"),
        ("multitel", "user", "password"),
        ("multitel", "password", "user"),
        ("multitel", "sid", "user"),
        ("cm", "account", "token"),
        ("cm", "token", "account"),
        ("cm", "setup", "account"),
        ("cm", "budget_per_day", "account"),
        ("carrierx", "budget_per_day", "token"),
    ] {
        let upper = section.to_uppercase();
        let error = file_refusal(&format!("[{section}]\n{key} = \"1\"\n"));
        assert_eq!(
            error,
            format!(
                "{section}.{missing} is missing, but other options of [{section}] are set: set it in the configuration file or \
                 as LEASELINE_{upper}__{}, or remove all of them",
                missing.to_uppercase()
            )
        );
    }
    let error = file_refusal("[carrierx]\nallow_http = true\n");
    assert!(error.starts_with("carrierx.token is missing"), "{error}");
    let on = "[cm]\naccount = \"a\"\ntoken = \"t\"\n";
    for (half, missing) in [("setup", "monthly"), ("monthly", "setup")] {
        let error = file_refusal(&format!("{on}{half} = \"1\"\n"));
        let sentence = format!("cm.{missing} is missing, but cm.{half} is set: set both");
        assert!(error.starts_with(&sentence), "{error}");
    }
}

#[test]
fn a_supplier_that_is_on_needs_the_webhook_secret_and_an_address() {
    for (section, options) in [
        ("multitel_v3", "user = \"u\"\npassword = \"p\"\n"),
        ("multitel", "user = \"u\"\npassword = \"p\"\n"),
        ("cm", "account = \"a\"\ntoken = \"t\"\n"),
        ("carrierx", "token = \"t\"\n"),
    ] {
        let toml = format!("[{section}]\n{options}");
        assert_eq!(
            file_refusal(&toml),
            format!(
                "suppliers.webhook_secret is missing, but [{section}] is set: set it in the configuration file or as \
                 LEASELINE_SUPPLIERS__WEBHOOK_SECRET"
            )
        );
        let secret = ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", WEBHOOK_SECRET);
        from_file(&toml, &[secret, PUBLIC_URL]).unwrap();
        let error = from_file(&toml, &[secret]).unwrap_err().to_string();
        assert!(error.contains("onlinesim.public_url is missing"), "{error}");
    }
    refused(
        "LEASELINE_SUPPLIERS__WEBHOOK_SECRET",
        "123456789012345",
        "suppliers.webhook_secret has 15 characters: set at least 16, for example with `openssl rand -hex 24` …",
    );
}

#[test]
fn plain_http_is_refused_beyond_this_machine() {
    for section in ["multitel_v3", "multitel", "cm", "carrierx"] {
        let name = format!("LEASELINE_{}__URL", section.to_uppercase());
        for url in [
            "http://api.example.com/x",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "HTTP://a.example",
        ] {
            let error = with_everything(&[(&name, url)]).unwrap_err().to_string();
            let sentence = format!(
                "{section}.url is not https, so the credentials could be read on their way: set one that begins with https://, or \
                 {section}.allow_http to true (it comes from {name})"
            );
            assert_eq!(error, sentence);
            let allowed = format!("LEASELINE_{}__ALLOW_HTTP", section.to_uppercase());
            with_everything(&[(&name, url), (&allowed, "true")]).unwrap();
        }
        for url in [
            "http://127.0.0.1:8080/x",
            "http://127.9.9.9",
            "http://[::1]:1",
            "http://localhost",
            "https://a.example",
        ] {
            with_everything(&[(&name, url)]).unwrap();
        }
        for url in [
            "ftp://a.example",
            "api",
            "https://u:p@a.example",
            "https://a.example?x=y",
        ] {
            let error = with_everything(&[(&name, url)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{section}.url ")), "{error}");
        }
    }
}

#[test]
fn values_of_the_sections_have_bounds() {
    for key in ["timeout", "poll", "pause_max"] {
        let name = format!("LEASELINE_SUPPLIERS__{}", key.to_uppercase());
        refused(&name, "999ms", &format!("suppliers.{key} is 999ms: set at least 1s …"));
        assert!(with(&[(&name, "3651d")]).is_err());
        with(&[(&name, "1s")]).unwrap();
    }
    for section in ["MULTITEL_V3", "MULTITEL", "CM", "CARRIERX"] {
        let key = section.to_lowercase();
        for budget in ["-1", "1,5", "many", "1000000001"] {
            let error = with_everything(&[(&format!("LEASELINE_{section}__BUDGET_PER_DAY"), budget)]).unwrap_err();
            let sentence =
                format!("{key}.budget_per_day is \"{budget}\": set a decimal number in quotes, not below zero,");
            assert!(error.to_string().starts_with(&sentence), "{error}");
        }
        for currency in ["usd", "US", "dollar"] {
            let error = with_everything(&[(&format!("LEASELINE_{section}__CURRENCY"), currency)]).unwrap_err();
            let sentence = format!("{key}.currency is \"{currency}\": set the three capital letters of a currency");
            assert!(error.to_string().starts_with(&sentence), "{error}");
        }
    }
    assert!(file_refusal("[carrierx]\nbudget_per_day = 20.5\n").starts_with("carrierx.budget_per_day is 20.5: set"));
    for key in ["setup", "monthly"] {
        let error = file_refusal(&format!("[cm]\n{key} = \"-0.1\"\n"));
        assert!(
            error.starts_with(&format!("cm.{key} is \"-0.1\": set a decimal")),
            "{error}"
        );
    }
    for key in ["cm", "carrierx"] {
        let name = format!("LEASELINE_{}__TOKEN", key.to_uppercase());
        let error = with_everything(&[(&name, "a b")]).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{key}.token contains a space")), "{error}");
    }
}

#[test]
fn inferred_names_of_cm_can_be_changed_but_not_mixed_up() {
    for (key, value, sentence) in [
        (
            "city",
            "areaCode",
            "is \"areaCode\", as another field of an order is: set another name …",
        ),
        ("done", "done,", "contains an empty word: fill it in or remove it …"),
        (
            "refused",
            "no,DONE",
            "contains \"done\", as cm_wire.done does: remove it from one of them …",
        ),
        (
            "read",
            "requests",
            "must be a path with {id} in it: set one such as numberrequests/{id} …",
        ),
        (
            "read",
            "/requests/{id}",
            "must be a path with {id} in it: set one such as numberrequests/{id} …",
        ),
        (
            "read",
            "../{id}",
            "must be a path with {id} in it: set one such as numberrequests/{id} …",
        ),
        (
            "read",
            "a?id={id}",
            "must be a path with {id} in it: set one such as numberrequests/{id} …",
        ),
        ("callback", "", "is empty: set a text in quotes, or remove it …"),
    ] {
        let name = format!("LEASELINE_CM_WIRE__{}", key.to_uppercase());
        refused(&name, value, &format!("cm_wire.{key} {sentence}"));
    }
    let config = from_file("[cm_wire]\ntype = \"numberType\"\ndone = [\"Completed\"]\n", &[]).unwrap();
    assert_eq!(
        (config.cm_wire.number_type.as_str(), config.cm_wire.done),
        ("numberType", vec!["Completed".to_owned()])
    );
}

#[test]
fn messaging_in_another_currency_than_the_prices_needs_the_rates() {
    let euros = ("LEASELINE_CARRIERX__CURRENCY", "EUR");
    let (usd, eur) = (("LEASELINE_RATES__USD", "92.50"), ("LEASELINE_RATES__EUR", "100"));
    for (options, missing) in [
        (&[euros][..], "rates.USD and rates.EUR"),
        (&[euros, usd], "rates.EUR"),
        (&[("LEASELINE_CARRIERX__CURRENCY", "RUB")], "rates.USD"),
    ] {
        let error = with_everything(options).unwrap_err().to_string();
        assert!(error.starts_with("carrierx.currency is "), "{error}");
        let advice = format!(": set {missing}, or this to USD");
        assert!(error.contains(&advice), "{error}");
    }
    with_everything(&[euros, usd, eur]).unwrap();
}

#[test]
fn rates_are_exact_and_those_of_currencies() {
    let config = from_file("[rates]\nusd = \"92.50\"\n", &[("LEASELINE_RATES__JPY", "0.612345")]).unwrap();
    let rates = config.exchange_rates().unwrap();
    let convert = |currency: &str| {
        let amount = "3.60".parse().unwrap();
        rates.to_kopecks(amount, currency.parse().unwrap()).map(Kopecks::as_i64)
    };
    assert_eq!(
        ["USD", "JPY", "RUB", "EUR"].map(convert),
        [Some(33_300), Some(220), Some(360), None]
    );
    for (code, rate, sentence) in [
        (
            "EURO",
            "1",
            "is not a currency: set the three letters of one, such as rates.USD",
        ),
        ("USD", "0.0", "is 0: set the roubles that one unit is worth"),
        (
            "USD",
            "x",
            "is \"x\", but it must be a decimal number such as 1.20: set the roubles that one unit is worth",
        ),
        (
            "USD",
            "-1",
            "is \"-1\", but it must not be negative: set the roubles that one unit is worth",
        ),
        ("USD", "1.1234567", "has 7 decimals: set at most 6"),
        ("RUB", "1", "is the rouble itself: remove it"),
    ] {
        let error = file_refusal(&format!("[rates]\n{code} = \"{rate}\"\n"));
        assert_eq!(error, format!("rates.{code} {sentence} (it comes from my.toml)"));
    }
    assert!(file_refusal("[rates]\nUSD = 92.5\n").starts_with("rates.USD is 92.5: set a decimal number in quotes"));
    assert_eq!(
        file_refusal("[rates]\nusd = \"1\"\nUSD = \"1\"\n"),
        "rates.USD is set twice: keep one of them"
    );
}
