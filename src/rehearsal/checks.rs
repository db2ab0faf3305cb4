//! The checks of the rehearsal, and what the protocol demands.

/// The checks, in the order of the report. The numbers in brackets are those of Onlinesim's acceptance
/// test.
pub(super) const CHECKS: [(Check, &str, &str); 24] = [
    (
        Check::Https,
        "https",
        "the server is reached over HTTPS, with a certificate that is trusted",
    ),
    (
        Check::Services,
        "services",
        "GET_SERVICES answers SUCCESS in exactly its shape (3)",
    ),
    (
        Check::Counts,
        "counts",
        "in GET_SERVICES `any` is the sum of the operators",
    ),
    (
        Check::Countries,
        "countries",
        "countries have names that Onlinesim asks for, and numbers the prefixes of their countries",
    ),
    (Check::WrongKey, "wrong-key", "a wrong or missing key gets 401"),
    (
        Check::Malformed,
        "malformed",
        "a malformed request gets 4xx or ERROR, never SUCCESS",
    ),
    (
        Check::ErrorWords,
        "error-words",
        "a refused request is answered with {\"status\":\"ERROR\",\"error\":\"...\"}",
    ),
    (
        Check::CompressedAnswer,
        "gzip-answer",
        "answers travel as gzip where the caller takes it",
    ),
    (
        Check::CompressedRequest,
        "gzip-request",
        "a request that travels as gzip is understood",
    ),
    (
        Check::RentAll,
        "rent-promised",
        "if GET_SERVICES says N, N GET_NUMBERs at once succeed (6)",
    ),
    (
        Check::Distinct,
        "distinct",
        "no number and no activationId is given twice",
    ),
    (
        Check::Types,
        "types",
        "number and activationId are JSON integers, the answer is JSON (3)",
    ),
    (
        Check::CountryCode,
        "country-code",
        "numbers carry the country code and are numeric (4)",
    ),
    (
        Check::ThreeSeconds,
        "three-seconds",
        "GET_NUMBER answers in under 3 s (5)",
    ),
    (
        Check::Finish,
        "finish-repeated",
        "FINISH_ACTIVATION answers SUCCESS, repeated too (1)",
    ),
    (
        Check::FinishUnknown,
        "finish-unknown",
        "FINISH_ACTIVATION of an unknown operation is not answered with SUCCESS (our own rule)",
    ),
    (
        Check::Excluded,
        "excluded-prefixes",
        "no number starts with an excluded prefix (7)",
    ),
    (
        Check::KeptOpen,
        "never-finished",
        "a rental stays open while it waits for its first SMS (1)",
    ),
    (
        Check::MalformedRent,
        "malformed-rent",
        "a malformed GET_NUMBER, or one with a wrong key, rents nothing",
    ),
    (
        Check::PushAtOnce,
        "push-at-once",
        "an SMS is forwarded in under 3 s (2)",
    ),
    (
        Check::PushFields,
        "push-fields",
        "PUSH_SMS has its fields, types and headers (3)",
    ),
    (
        Check::PushRepeated,
        "push-repeated",
        "what is not accepted is pushed again every 10 s (2)",
    ),
    (
        Check::PushAccepted,
        "push-accepted",
        "what is accepted is never pushed again (2)",
    ),
    (
        Check::TenSeconds,
        "ten-seconds",
        "every request of the rehearsal is answered within 10 s",
    ),
];

/// One check of the rehearsal; [`CHECKS`] has its description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Check {
    Https,
    Services,
    Counts,
    Countries,
    WrongKey,
    Malformed,
    ErrorWords,
    CompressedAnswer,
    CompressedRequest,
    RentAll,
    Distinct,
    Types,
    CountryCode,
    ThreeSeconds,
    Finish,
    FinishUnknown,
    Excluded,
    KeptOpen,
    MalformedRent,
    PushAtOnce,
    PushFields,
    PushRepeated,
    PushAccepted,
    TenSeconds,
}
