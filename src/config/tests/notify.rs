//! `[notify]`: channels that are half written or wrong, and sections within a section.

use super::*;
use crate::config::notify::mail::MailEncryption;

#[test]
fn half_a_channel_names_what_is_missing() {
    for (toml, missing, variable) in [
        (
            "[notify.telegram]\ntoken = \"1:a\"\n",
            "notify.telegram.chat",
            "LEASELINE_NOTIFY__TELEGRAM__CHAT",
        ),
        (
            "[notify.telegram]\nchat = \"1\"\n",
            "notify.telegram.token",
            "LEASELINE_NOTIFY__TELEGRAM__TOKEN",
        ),
        (
            "[notify.telegram]\nurl = \"https://a.example\"\n",
            "notify.telegram.token",
            "LEASELINE_NOTIFY__TELEGRAM__TOKEN",
        ),
        (
            "[notify.webhook]\nurl = \"https://a.example\"\n",
            "notify.webhook.secret",
            "LEASELINE_NOTIFY__WEBHOOK__SECRET",
        ),
        (
            "[notify.webhook]\nsecret = \"0123456789abcdef\"\n",
            "notify.webhook.url",
            "LEASELINE_NOTIFY__WEBHOOK__URL",
        ),
        (
            "[notify.mail]\ntls = \"off\"\n",
            "notify.mail.host",
            "LEASELINE_NOTIFY__MAIL__HOST",
        ),
        (
            "[notify.mail]\nhost = \"a.example\"\n",
            "notify.mail.from",
            "LEASELINE_NOTIFY__MAIL__FROM",
        ),
        (
            "[notify.mail]\nhost = \"a.example\"\nfrom = \"a@b.example\"\n",
            "notify.mail.to",
            "LEASELINE_NOTIFY__MAIL__TO",
        ),
    ] {
        let (section, _) = missing.rsplit_once('.').unwrap();
        let sentence = format!(
            "{missing} is missing, but other options of [{section}] are set: set it in the configuration file or as \
             {variable}, or remove all of them"
        );
        assert_eq!(file_refusal(toml), sentence);
    }
}

#[test]
fn a_wrong_value_is_named_with_a_right_one() {
    for (toml, sentence) in [
        (
            "[notify]\nrepeat = \"59s\"\n",
            "notify.repeat is 59s: set at least 1m (it comes from my.toml)",
        ),
        (
            "[notify.telegram]\nurl = \"http://a.example\"\n",
            "notify.telegram.url is not https, so the token could be read on its way: set one that begins with https:// (it \
             comes from my.toml)",
        ),
        (
            "[notify.telegram]\ntoken = \"bot1:a\"\n",
            "notify.telegram.token is not the token of a bot: set what BotFather gave you, digits, a colon and letters (it \
             comes from my.toml)",
        ),
        (
            "[notify.telegram]\ntoken = \"1:a\"\nchat = \"me\"\n",
            "notify.telegram.chat is \"me\": set a number such as \"-1001234567890\", or the @name of a channel (it comes from \
             my.toml)",
        ),
        (
            "[notify.telegram]\nchat = -100\n",
            "notify.telegram.chat is -100: set a text in quotes (it comes from my.toml)",
        ),
        (
            "[notify.webhook]\nurl = \"ftp://a.example\"\n",
            "notify.webhook.url is not an HTTP URL: set one that begins with https:// or http:// (it comes from my.toml)",
        ),
        (
            "[notify.webhook]\nurl = \"http://a.example\"\nsecret = \"short\"\n",
            "notify.webhook.secret has 5 characters: set at least 16, for example with `openssl rand -hex 24` (it comes from \
             my.toml)",
        ),
    ] {
        assert_eq!(file_refusal(toml), sentence);
    }
}

#[test]
fn a_wrong_mail_server_or_address_is_named() {
    let mail = "[notify.mail]\nhost = \"a.example\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\"]\n";
    let mail = |more: &str| format!("{mail}{more}");
    for (toml, sentence) in [
        (
            "[notify.mail]\nhost = \"smtp://a.example\"\n".to_owned(),
            "notify.mail.host is not the name of a server: set one such as smtp.example.org, without a scheme and a port (it \
             comes from my.toml)",
        ),
        (
            "[notify.mail]\nhost = \"a.example\"\nfrom = \"me\"\n".to_owned(),
            "notify.mail.from has a text that is not an address: set one such as you@example.org, without a name (it \
             comes from my.toml)",
        ),
        (
            mail("user = \"u\"\n"),
            "notify.mail.password is missing, but notify.mail.user is set: set both",
        ),
        (
            mail("password = \"p\"\n"),
            "notify.mail.user is missing, but notify.mail.password is set: set both",
        ),
        (
            mail("user = \"u\"\npassword = \"p\"\ntls = \"off\"\n"),
            "notify.mail.tls is \"off\", so the password could be read on its way: set \"tls\" or \"starttls\" (it comes from \
             my.toml)",
        ),
        (
            mail("port = 0\n"),
            "notify.mail.port is 0: set 1 to 65535 (it comes from my.toml)",
        ),
        (
            mail("port = 65536\n"),
            "notify.mail.port is 65536: set a whole number without quotes (it comes from my.toml)",
        ),
        (
            mail("tls = \"ssl\"\n"),
            "notify.mail.tls is \"ssl\": set \"tls\", \"starttls\" or \"off\" (it comes from my.toml)",
        ),
    ] {
        assert_eq!(file_refusal(&toml), sentence);
    }
}

#[test]
fn an_unknown_option_within_a_section_is_named() {
    for (toml, sentence) in [
        (
            "[notify.telegram]\ntocken = \"x\"\n",
            "notify.telegram.tocken is not an option; did you mean notify.telegram.token?",
        ),
        (
            "[notify.loudspeaker]\nurl = \"x\"\n",
            "notify.loudspeaker is not an option: `leaseline config default` lists them all",
        ),
        (
            "[notify]\nmail = \"x\"\n",
            "notify.mail is a section: write [notify.mail], and its options in the lines after it",
        ),
    ] {
        assert_eq!(file_refusal(toml), sentence);
    }
    let name = "LEASELINE_NOTIFY__MAIL_HOST";
    let sentence = format!("{name} is not an option; did you mean LEASELINE_NOTIFY__MAIL__HOST?");
    assert_eq!(refusal(name, "x"), sentence);
}

#[test]
fn the_environment_overrides_one_option_within_a_section() {
    let toml = "[notify.telegram]\ntoken = \"1:a\"\nchat = \"1\"\n";
    let config = from_file(toml, &[("LEASELINE_NOTIFY__TELEGRAM__CHAT", "@ours")]).unwrap();
    let accounts = config.notify.accounts().unwrap();
    assert_eq!(accounts.telegram.unwrap().chat, "@ours");
    assert!(accounts.webhook.is_none() && accounts.mail.is_none());
    let error = from_file(toml, &[("LEASELINE_NOTIFY__TELEGRAM__CHAT", "me")]).unwrap_err();
    let origin = "(it comes from LEASELINE_NOTIFY__TELEGRAM__CHAT)";
    assert!(error.to_string().ends_with(origin), "{error}");
}

#[test]
fn the_port_follows_from_the_encryption() {
    let port = |more: &[(&str, &str)]| {
        let config = with_everything(more).unwrap();
        let mail = config.notify.accounts().unwrap().mail.unwrap();
        (mail.encryption, mail.port)
    };
    assert_eq!(port(&[]), (MailEncryption::Tls, 465));
    let tls = |value| ("LEASELINE_NOTIFY__MAIL__TLS", value);
    assert_eq!(port(&[tls("starttls")]), (MailEncryption::StartTls, 587));
    assert_eq!(port(&[tls("off")]), (MailEncryption::Off, 25));
    assert_eq!(
        port(&[tls("off"), ("LEASELINE_NOTIFY__MAIL__PORT", "2525")]),
        (MailEncryption::Off, 2525)
    );
}
