//! How brokers are reached. Secrets come from the environment when a connection is made; they are
//! never kept, printed or logged.

use rdkafka::ClientConfig;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// The brokers of a source or sink, as the job file gives them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaAccess {
    /// `host:port`, several with commas between.
    pub brokers: String,
    /// Settings of librdkafka for SASL and TLS. A value `$NAME` or `${NAME}` is the environment's.
    pub security: BTreeMap<String, String>,
}

/// Settings that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// No address.
    #[error("`{0}` is no list of brokers: write host:port, several with commas between")]
    Brokers(String),
    /// Not about security.
    #[error("`{0}` is no setting of security: known are security.*, sasl.* and ssl.*")]
    Unknown(String),
    /// A secret in a file that people share.
    #[error("{0} is a secret: write $NAME, and set NAME in the environment")]
    Literal(String),
    /// A variable that is not set.
    #[error("{setting} is ${variable}, which is not set in the environment")]
    Unset {
        /// The setting.
        setting: String,
        /// The variable.
        variable: String,
    },
    /// What this build cannot do.
    #[error(
        "{setting} = {value:?} needs TLS, which this program was built without: \
         build it with `--features tls`"
    )]
    Tls {
        /// The setting.
        setting: String,
        /// What it asks for.
        value: String,
    },
    /// What no build can do.
    #[error("{setting} = {value:?}: GSSAPI (Kerberos) is not supported; use PLAIN or SCRAM")]
    Gssapi {
        /// The setting.
        setting: String,
        /// What it asks for.
        value: String,
    },
}

impl KafkaAccess {
    /// Brokers that ask for nothing.
    pub fn plain(brokers: impl Into<String>) -> KafkaAccess {
        KafkaAccess { brokers: brokers.into(), security: BTreeMap::new() }
    }

    /// Finds what is wrong without looking at the environment or the network.
    ///
    /// # Errors
    /// When there is no address, a setting is not about security, a secret stands there in full,
    /// or a setting needs what this build has not got.
    pub fn check(&self) -> Result<(), AccessError> {
        let sound = |address: &str| {
            let port = address.trim().rsplit_once(':');
            port.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !self.brokers.split(',').all(sound) {
            return Err(AccessError::Brokers(self.brokers.clone()));
        }
        for (setting, value) in &self.security {
            let known = ["security.protocol", "sasl.", "ssl.", "enable.ssl.", "enable.sasl."];
            if !known.iter().any(|prefix| setting.starts_with(prefix)) {
                return Err(AccessError::Unknown(setting.clone()));
            }
            match variable(value) {
                Some(_) => check_build(setting, value, false)?,
                None if is_secret(setting) => return Err(AccessError::Literal(setting.clone())),
                None => check_build(setting, value, true)?,
            }
        }
        Ok(())
    }

    /// The client settings that every connection has.
    ///
    /// # Errors
    /// As [`KafkaAccess::check`], and when a variable is not set.
    pub fn config(&self) -> Result<ClientConfig, AccessError> {
        self.resolve(&|name| std::env::var(name).ok())
    }

    fn resolve(
        &self,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<ClientConfig, AccessError> {
        self.check()?;
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "tapeflow");
        // A client that connects only where it must may stay without a connection for good, when
        // a broker was missing from the metadata for a moment (librdkafka 2.12).
        config.set("enable.sparse.connections", "false");
        // Requests are small and wait for each other: none is to wait for the one before it to be
        // acknowledged, which takes up to 40 ms.
        config.set("socket.nagle.disable", "true");
        for (setting, value) in &self.security {
            let Some(name) = variable(value) else {
                config.set(setting, value);
                continue;
            };
            let unset = || AccessError::Unset { setting: setting.clone(), variable: name.into() };
            let value = environment(name).ok_or_else(unset)?;
            check_build(setting, &value, !is_secret(setting))?;
            config.set(setting, value);
        }
        Ok(config)
    }
}

/// Secrets stand in no file, but this must not print one that was put there by mistake.
impl fmt::Debug for KafkaAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(setting, value): (&String, &String)| {
            let hidden = is_secret(setting) && variable(value).is_none();
            (setting.clone(), if hidden { "(hidden)".to_owned() } else { value.clone() })
        };
        let security: BTreeMap<String, String> = self.security.iter().map(shown).collect();
        f.debug_struct("KafkaAccess")
            .field("brokers", &self.brokers)
            .field("security", &security)
            .finish()
    }
}

/// The variable that a value names.
fn variable(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    Some(name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name))
}

/// Must the value of a setting not be seen? Whatever sounds like it: better one too many.
pub(crate) fn is_secret(setting: &str) -> bool {
    let about_a_file = setting.ends_with(".location");
    let words = ["password", "secret", ".key", "jaas", "token", "oauthbearer.config", "assertion"];
    !about_a_file && words.iter().any(|word| setting.contains(word))
}

/// Can this build do what a setting asks for? `shown` says whether its value is known and no
/// secret.
fn check_build(setting: &str, value: &str, shown: bool) -> Result<(), AccessError> {
    let said = if shown { value.to_owned() } else { "…".to_owned() };
    let word = value.to_ascii_uppercase();
    let mechanism = setting.starts_with("sasl.mechanism");
    if shown && mechanism && word.contains("GSSAPI") {
        return Err(AccessError::Gssapi { setting: setting.to_owned(), value: said });
    }
    let protocol = shown && setting == "security.protocol" && word.contains("SSL");
    let scram = shown && mechanism && word.contains("SCRAM");
    let tls = setting.starts_with("ssl.") || setting.starts_with("enable.ssl.");
    match tls || protocol || scram {
        true if !cfg!(feature = "tls") => {
            Err(AccessError::Tls { setting: setting.to_owned(), value: said })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(security: &[(&str, &str)]) -> KafkaAccess {
        let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
        KafkaAccess {
            security: security.iter().map(owned).collect(),
            ..KafkaAccess::plain("a:9092, b:9092")
        }
    }

    #[test]
    fn values_are_taken_from_the_environment_when_connecting() {
        let access = access(&[
            ("security.protocol", "sasl_plaintext"),
            ("sasl.mechanisms", "PLAIN"),
            ("sasl.username", "${WHO}"),
            ("sasl.password", "$WORD"),
        ]);
        let known = |name: &str| match name {
            "WHO" => Some("me".to_owned()),
            "WORD" => Some("hunter2".to_owned()),
            _ => None,
        };
        let config = access.resolve(&known).unwrap();
        assert_eq!(config.get("sasl.username"), Some("me"));
        assert_eq!(config.get("sasl.password"), Some("hunter2"));
        assert_eq!(config.get("sasl.mechanisms"), Some("PLAIN"));
        assert_eq!(config.get("bootstrap.servers"), Some("a:9092, b:9092"));
        assert!(!format!("{config:?} {access:?}").contains("hunter2"));
        let error = access.resolve(&|_| None).unwrap_err().to_string();
        assert_eq!(error, "sasl.password is $WORD, which is not set in the environment");
    }

    #[test]
    fn secrets_stand_in_no_file_and_are_not_printed() {
        let secrets = ["sasl.password", "ssl.key.pem", "ssl.key.password"];
        for setting in secrets.into_iter().chain(["sasl.oauthbearer.client.secret"]) {
            let access = access(&[(setting, "hunter2")]);
            assert_eq!(access.check(), Err(AccessError::Literal(setting.to_owned())));
            assert!(!format!("{access:?}").contains("hunter2"));
        }
        assert!(!is_secret("ssl.key.location") && !is_secret("sasl.username"));
        assert!(format!("{:?}", access(&[("sasl.password", "$A")])).contains("$A"));
    }

    #[test]
    fn only_addresses_and_settings_of_security_are_taken() {
        for brokers in ["", "kafka", "kafka:", ":9092", "a:9092,", "a:b", "a:70000"] {
            let access = KafkaAccess::plain(brokers);
            assert_eq!(access.check(), Err(AccessError::Brokers(brokers.to_owned())));
        }
        assert_eq!(KafkaAccess::plain("[::1]:9092").check(), Ok(()));
        let other = access(&[("enable.idempotence", "false")]);
        assert_eq!(other.check(), Err(AccessError::Unknown("enable.idempotence".to_owned())));
    }

    #[test]
    fn what_the_build_cannot_do_is_said() {
        let asked = [
            ("security.protocol", "SASL_SSL"),
            ("sasl.mechanism", "SCRAM-SHA-512"),
            ("ssl.ca.location", "ca.pem"),
        ];
        for (setting, value) in asked {
            let result = access(&[(setting, value)]).check();
            let refused = matches!(result, Err(AccessError::Tls { .. }));
            assert_eq!((refused, result.is_ok()), (!cfg!(feature = "tls"), cfg!(feature = "tls")));
            // A value from the environment is looked at when it is known.
            let late = access(&[(setting, "$X")]).resolve(&|_| Some(value.to_owned()));
            assert_eq!(late.is_ok(), cfg!(feature = "tls"));
        }
        let kerberos = access(&[("sasl.mechanisms", "GSSAPI")]).check();
        assert!(matches!(kerberos, Err(AccessError::Gssapi { .. })));
    }
}
