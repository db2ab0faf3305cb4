//! The list of options: their names, the kinds of their values, and which ones have no default.
//!
//! The structs of the sections, `defaults.toml` and this list must have the same options; a test compares them.

use toml::{Table, Value};

use super::storage;

/// The kind of a value, checked before the checks of its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptionKind {
    Address,
    Text,
    /// The URL of the database, which may have a password in it.
    DatabaseUrl,
    Secret,
    SecretList,
    TextList,
    /// IP networks and addresses.
    NetworkList,
    /// An exact decimal, not below zero.
    Amount,
    /// The three letters of a currency.
    CurrencyCode,
    Duration,
    Count,
    Switch,
    Choice(&'static str),
    /// Several of these, each once.
    ChoiceList(&'static str),
}

/// One option.
#[derive(Debug)]
pub(super) struct OptionSpec {
    /// `section.key`, or `section.section.key`.
    pub(super) key: &'static str,
    pub(super) kind: OptionKind,
    /// No default: the server does not start without it.
    pub(super) required: bool,
}

/// Names of countries, by their codes.
pub(super) const COUNTRIES: &str = "countries";

/// Exchange rates, by their currencies.
pub(super) const RATES: &str = "rates";

/// The sections whose keys are chosen by the operator: codes, in upper case.
pub(super) const FREE_SECTIONS: [&str; 2] = [COUNTRIES, RATES];

/// The prefix of environment variables that are options.
pub(super) const PREFIX: &str = "LEASELINE_";

const fn optional(key: &'static str, kind: OptionKind) -> OptionSpec {
    OptionSpec {
        key,
        kind,
        required: false,
    }
}

const fn required(key: &'static str, kind: OptionKind) -> OptionSpec {
    OptionSpec {
        key,
        kind,
        required: true,
    }
}

/// Every option except those of [`FREE_SECTIONS`].
pub(super) const OPTIONS: &[OptionSpec] = &[
    optional("onlinesim.listen", OptionKind::Address),
    optional("onlinesim.public_url", OptionKind::Text),
    required("onlinesim.keys", OptionKind::SecretList),
    optional("onlinesim.auth", OptionKind::Choice("\"bearer\" or \"body\"")),
    optional("onlinesim.allow", OptionKind::NetworkList),
    optional("onlinesim.deadline", OptionKind::Duration),
    optional("onlinesim.body_bytes_max", OptionKind::Count),
    optional("onlinesim.prefixes_max", OptionKind::Count),
    optional("admin.listen", OptionKind::Address),
    required("admin.token", OptionKind::Secret),
    optional("admin.body_bytes_max", OptionKind::Count),
    optional("http.trusted_proxies", OptionKind::NetworkList),
    optional("tls.cert", OptionKind::Text),
    optional("tls.key", OptionKind::Text),
    optional("tls.acme", OptionKind::TextList),
    optional("tls.acme_contact", OptionKind::Text),
    optional("tls.acme_directory", OptionKind::Text),
    optional("tls.acme_ca_file", OptionKind::Text),
    optional("storage.url", OptionKind::DatabaseUrl),
    optional("storage.check", OptionKind::Choice("\"quick\" or \"off\"")),
    optional("storage.migrate", OptionKind::Switch),
    optional("storage.password", OptionKind::Secret),
    optional("storage.password_file", OptionKind::Text),
    optional("storage.connections", OptionKind::Count),
    optional("storage.readers", OptionKind::Count),
    optional(
        "storage.tls",
        OptionKind::Choice("\"verify-full\", \"require\" or \"off\""),
    ),
    optional("storage.ca_file", OptionKind::Text),
    optional("storage.client_cert", OptionKind::Text),
    optional("storage.client_key", OptionKind::Text),
    optional("storage.allow_plain", OptionKind::Switch),
    optional("storage.require_standby", OptionKind::Switch),
    optional("storage.schema", OptionKind::Text),
    optional("backup.every", OptionKind::Duration),
    optional("backup.folder", OptionKind::Text),
    optional("backup.keep", OptionKind::Count),
    required("push.url", OptionKind::Text),
    optional("push.path", OptionKind::Text),
    optional("push.timeout", OptionKind::Duration),
    optional("push.retry_every", OptionKind::Duration),
    optional("push.parallel", OptionKind::Count),
    optional("push.sms_id", OptionKind::Choice("\"operation\" or \"message\"")),
    optional("push.phone", OptionKind::Choice("\"string\" or \"integer\"")),
    optional("push.age_max", OptionKind::Duration),
    optional("rent.guard", OptionKind::Duration),
    optional("rent.guard_grace", OptionKind::Duration),
    optional("rent.start_grace", OptionKind::Duration),
    optional("rent.clock_tolerance", OptionKind::Duration),
    optional("rent.strikes_max", OptionKind::Count),
    optional("rent.ban", OptionKind::Duration),
    optional("rent.rest", OptionKind::Duration),
    optional("gateway.public_url", OptionKind::Text),
    optional("gateway.strict", OptionKind::Switch),
    optional("gateway.sms_per_number_max", OptionKind::Count),
    optional("gateway.duplicate_window", OptionKind::Duration),
    optional("gateway.parts_timeout", OptionKind::Duration),
    optional("gateway.replay_window", OptionKind::Duration),
    optional(
        "gateway.methods",
        OptionKind::ChoiceList("a list of \"GET\", \"POST\" and \"PUT\", or of some of them"),
    ),
    optional("filter.withhold_senders", OptionKind::TextList),
    optional("filter.withhold_texts", OptionKind::TextList),
    optional("import.new_pools_max", OptionKind::Count),
    optional("retention.texts", OptionKind::Duration),
    optional("retention.senders", OptionKind::Duration),
    optional("retention.attempts", OptionKind::Duration),
    optional("retention.messages", OptionKind::Duration),
    optional("troubles.sms_overdue", OptionKind::Duration),
    optional("troubles.onlinesim_silent", OptionKind::Duration),
    optional("troubles.disk_free_bytes_min", OptionKind::Count),
    optional("troubles.disk_free_percent_min", OptionKind::Count),
    optional("notify.after", OptionKind::Duration),
    optional("notify.repeat", OptionKind::Duration),
    optional("notify.telegram.url", OptionKind::Text),
    optional("notify.telegram.token", OptionKind::Secret),
    optional("notify.telegram.chat", OptionKind::Text),
    optional("notify.webhook.url", OptionKind::Text),
    optional("notify.webhook.secret", OptionKind::Secret),
    optional("notify.mail.host", OptionKind::Text),
    optional("notify.mail.port", OptionKind::Count),
    optional(
        "notify.mail.tls",
        OptionKind::Choice("\"tls\", \"starttls\" or \"off\""),
    ),
    optional("notify.mail.user", OptionKind::Text),
    optional("notify.mail.password", OptionKind::Secret),
    optional("notify.mail.from", OptionKind::Text),
    optional("notify.mail.to", OptionKind::TextList),
    optional("suppliers.webhook_secret", OptionKind::Secret),
    optional("suppliers.timeout", OptionKind::Duration),
    optional("suppliers.poll", OptionKind::Duration),
    optional("suppliers.pause_max", OptionKind::Duration),
    optional("multitel_v3.url", OptionKind::Text),
    optional("multitel_v3.user", OptionKind::Text),
    optional("multitel_v3.password", OptionKind::Secret),
    optional("multitel_v3.currency", OptionKind::CurrencyCode),
    optional("multitel_v3.budget_per_day", OptionKind::Amount),
    optional("multitel_v3.allow_http", OptionKind::Switch),
    optional("multitel.url", OptionKind::Text),
    optional("multitel.user", OptionKind::Text),
    optional("multitel.password", OptionKind::Secret),
    optional("multitel.sid", OptionKind::Text),
    optional("multitel.currency", OptionKind::CurrencyCode),
    optional("multitel.budget_per_day", OptionKind::Amount),
    optional("multitel.allow_http", OptionKind::Switch),
    optional("cm.url", OptionKind::Text),
    optional("cm.account", OptionKind::Text),
    optional("cm.token", OptionKind::Secret),
    optional("cm.currency", OptionKind::CurrencyCode),
    optional("cm.budget_per_day", OptionKind::Amount),
    optional("cm.setup", OptionKind::Amount),
    optional("cm.monthly", OptionKind::Amount),
    optional("cm.allow_http", OptionKind::Switch),
    optional("cm_wire.quantity", OptionKind::Text),
    optional("cm_wire.range_size", OptionKind::Text),
    optional("cm_wire.type", OptionKind::Text),
    optional("cm_wire.area_code", OptionKind::Text),
    optional("cm_wire.city", OptionKind::Text),
    optional("cm_wire.region", OptionKind::Text),
    optional("cm_wire.comment", OptionKind::Text),
    optional("cm_wire.callback", OptionKind::Text),
    optional("cm_wire.id", OptionKind::Text),
    optional("cm_wire.status", OptionKind::Text),
    optional("cm_wire.numbers", OptionKind::Text),
    optional("cm_wire.reason", OptionKind::Text),
    optional("cm_wire.done", OptionKind::TextList),
    optional("cm_wire.refused", OptionKind::TextList),
    optional("cm_wire.read", OptionKind::Text),
    optional("carrierx.url", OptionKind::Text),
    optional("carrierx.token", OptionKind::Secret),
    optional("carrierx.currency", OptionKind::CurrencyCode),
    optional("carrierx.budget_per_day", OptionKind::Amount),
    optional("carrierx.allow_http", OptionKind::Switch),
    optional("telemetry.format", OptionKind::Choice("\"text\" or \"json\"")),
    optional("telemetry.level", OptionKind::Text),
];

impl OptionKind {
    /// A value of this kind never appears in a message.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretList | Self::DatabaseUrl)
    }

    /// A description of valid values, for messages: "…: set {expected}".
    pub(super) fn expected(self) -> String {
        match self {
            Self::Address => "an address and a port in quotes, such as \"127.0.0.1:8081\"".into(),
            Self::Text | Self::Secret | Self::DatabaseUrl => "a text in quotes".into(),
            Self::SecretList | Self::TextList => "a list of texts in quotes, such as [\"first\", \"second\"]".into(),
            Self::NetworkList => {
                "a list of networks and addresses in quotes, such as [\"203.0.113.0/24\", \"2001:db8::7\"]".into()
            }
            Self::Duration => "a duration in quotes, such as \"500ms\", \"8s\", \"20m\" or \"90d\"".into(),
            Self::Amount => "a decimal number in quotes, not below zero, such as \"20.00\"".into(),
            Self::CurrencyCode => "the three capital letters of a currency in quotes, such as \"USD\"".into(),
            Self::Count => "a whole number without quotes".into(),
            Self::Switch => "true or false without quotes".into(),
            Self::Choice(choices) | Self::ChoiceList(choices) => choices.into(),
        }
    }
}

/// The option of that name.
pub(super) fn find(key: &str) -> Option<&'static OptionSpec> {
    OPTIONS.iter().find(|option| option.key == key)
}

/// The kind of the option of that name; a text where there is none.
pub(super) fn kind(key: &str) -> OptionKind {
    match key.split_once('.') {
        Some((RATES, _)) => OptionKind::Amount,
        _ => find(key).map_or(OptionKind::Text, |option| option.kind),
    }
}

/// Whether a file with that content sets a secret.
pub(super) fn sets_secret(table: &Table) -> bool {
    let is_set = |option: &OptionSpec| {
        let mut names = option.key.split('.');
        let first = names.next().and_then(|section| table.get(section));
        let value = first.and_then(|value| names.try_fold(value, |value, name| value.get(name)));
        match option.kind {
            OptionKind::DatabaseUrl => value.and_then(Value::as_str).is_some_and(storage::has_password),
            _ => value.is_some(),
        }
    };
    OPTIONS.iter().any(|option| option.kind.is_secret() && is_set(option))
}

/// Whether a section of that name exists: `notify`, `notify.mail`.
pub(super) fn is_section(name: &str) -> bool {
    let is_within = |option: &OptionSpec| option.key.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    FREE_SECTIONS.contains(&name) || OPTIONS.iter().any(is_within)
}

/// `onlinesim.listen` -> `LEASELINE_ONLINESIM__LISTEN`, `notify.mail.host` -> `LEASELINE_NOTIFY__MAIL__HOST`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// "{what} is not an option", and the option that was probably meant; `spell` writes it the way `what` is written.
pub(super) fn unknown(what: &str, spell: impl Fn(&str) -> String) -> String {
    let nearest = OPTIONS
        .iter()
        .map(|option| spell(option.key))
        .map(|name| (strsim::osa_distance(&name.to_lowercase(), &what.to_lowercase()), name))
        .min();
    match nearest {
        Some((distance, name)) if distance <= 3 => {
            format!("{what} is not an option; did you mean {name}?")
        }
        _ => format!("{what} is not an option: `leaseline config default` lists them all"),
    }
}
