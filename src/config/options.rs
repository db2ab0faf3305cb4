//! The list of options: what exists, what kind of value each takes, which ones have no default.
//!
//! The structs of the sections, `defaults.toml` and this list name the same options; a test holds them together.

/// What a value has to look like before its section looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Address,
    Text,
    Secret,
    SecretList,
    Duration,
    Count,
    Switch,
    Choice(&'static str),
    /// Some of these, each once.
    ChoiceList(&'static str),
}

/// One option.
#[derive(Debug)]
pub(super) struct Known {
    /// `section.key`.
    pub(super) key: &'static str,
    pub(super) kind: Kind,
    /// No default: the server does not start without it.
    pub(super) required: bool,
}

/// The section whose keys are chosen by the operator.
pub(super) const COUNTRIES: &str = "countries";

/// Begins every environment variable that is ours.
pub(super) const PREFIX: &str = "LEASELINE_";

const fn optional(key: &'static str, kind: Kind) -> Known {
    Known {
        key,
        kind,
        required: false,
    }
}

const fn required(key: &'static str, kind: Kind) -> Known {
    Known {
        key,
        kind,
        required: true,
    }
}

/// Every option except those of [`COUNTRIES`].
pub(super) const OPTIONS: &[Known] = &[
    optional("partner.listen", Kind::Address),
    optional("partner.public_url", Kind::Text),
    required("partner.keys", Kind::SecretList),
    optional("partner.auth", Kind::Choice("\"bearer\" or \"body\"")),
    optional("partner.deadline", Kind::Duration),
    optional("partner.body_bytes_max", Kind::Count),
    optional("partner.prefixes_max", Kind::Count),
    optional("admin.listen", Kind::Address),
    required("admin.token", Kind::Secret),
    optional("admin.body_bytes_max", Kind::Count),
    optional("storage.url", Kind::Text),
    optional("storage.check", Kind::Choice("\"quick\" or \"off\"")),
    required("push.url", Kind::Text),
    optional("push.path", Kind::Text),
    optional("push.timeout", Kind::Duration),
    optional("push.retry_every", Kind::Duration),
    optional("push.parallel", Kind::Count),
    optional("push.sms_id", Kind::Choice("\"operation\" or \"message\"")),
    optional("push.phone", Kind::Choice("\"string\" or \"integer\"")),
    optional("push.age_max", Kind::Duration),
    optional("rent.guard", Kind::Duration),
    optional("rent.guard_grace", Kind::Duration),
    optional("rent.start_grace", Kind::Duration),
    optional("rent.clock_tolerance", Kind::Duration),
    optional("rent.strikes_max", Kind::Count),
    optional("rent.ban", Kind::Duration),
    optional("rent.rest", Kind::Duration),
    optional("gateway.public_url", Kind::Text),
    optional("gateway.strict", Kind::Switch),
    optional("gateway.sms_per_number_max", Kind::Count),
    optional("gateway.duplicate_window", Kind::Duration),
    optional("gateway.parts_timeout", Kind::Duration),
    optional("gateway.replay_window", Kind::Duration),
    optional(
        "gateway.methods",
        Kind::ChoiceList("a list of \"GET\", \"POST\" and \"PUT\", or of some of them"),
    ),
    optional("import.new_pools_max", Kind::Count),
    optional("retention.messages", Kind::Duration),
    optional("troubles.sms_overdue", Kind::Duration),
    optional("troubles.onlinesim_silent", Kind::Duration),
    optional("troubles.disk_free_bytes_min", Kind::Count),
    optional("troubles.disk_free_percent_min", Kind::Count),
    optional("telemetry.format", Kind::Choice("\"text\" or \"json\"")),
    optional("telemetry.level", Kind::Text),
];

impl Kind {
    /// A value of this kind never appears in a sentence.
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretList)
    }

    /// The end of a sentence: "…: set {wanted}".
    pub(super) fn wanted(self) -> String {
        match self {
            Self::Address => "an address and a port in quotes, such as \"127.0.0.1:8081\"".into(),
            Self::Text | Self::Secret => "a text in quotes".into(),
            Self::SecretList => "a list of texts in quotes, such as [\"first\", \"second\"]".into(),
            Self::Duration => "a duration in quotes, such as \"500ms\", \"8s\", \"20m\" or \"90d\"".into(),
            Self::Count => "a whole number without quotes".into(),
            Self::Switch => "true or false without quotes".into(),
            Self::Choice(choices) | Self::ChoiceList(choices) => choices.into(),
        }
    }
}

/// The option of that name.
pub(super) fn find(key: &str) -> Option<&'static Known> {
    OPTIONS.iter().find(|option| option.key == key)
}

/// Whether a section of that name exists.
pub(super) fn is_section(name: &str) -> bool {
    name == COUNTRIES || OPTIONS.iter().any(|option| option.key.split('.').next() == Some(name))
}

/// `partner.listen` -> `LEASELINE_PARTNER__LISTEN`.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replacen('.', "__", 1).to_uppercase())
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
