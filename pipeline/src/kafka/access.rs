//! How brokers are reached. Secrets come from the environment when a connection is made; they are
//! never kept, printed or logged.

use rdkafka::ClientConfig;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The brokers of a source or sink, as the job file gives them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KafkaAccess {
    /// `host:port`, several with commas between.
    pub brokers: String,
    /// Settings of librdkafka for SASL and TLS. A value `$NAME` is the environment's.
    pub security: BTreeMap<String, String>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
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
}

impl KafkaAccess {
    /// The client settings that every connection has.
    ///
    /// # Errors
    /// When a variable is not set, or a setting needs what this build has not got.
    pub fn config(&self) -> Result<ClientConfig, AccessError> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers);
        config.set("client.id", "tapeflow");
        for (setting, value) in &self.security {
            let needs_tls = setting.starts_with("ssl.")
                || setting == "security.protocol" && value.to_ascii_lowercase().contains("ssl")
                || setting.starts_with("sasl.mechanism") && value.contains("SCRAM");
            if needs_tls && !cfg!(feature = "tls") {
                return Err(AccessError::Tls { setting: setting.clone(), value: value.clone() });
            }
            match value.strip_prefix('$') {
                Some(name) => {
                    let name = name.trim_start_matches('{').trim_end_matches('}');
                    let value = std::env::var(name).map_err(|_| AccessError::Unset {
                        setting: setting.clone(),
                        variable: name.to_owned(),
                    })?;
                    config.set(setting, value);
                }
                None => {
                    config.set(setting, value);
                }
            }
        }
        Ok(config)
    }
}
