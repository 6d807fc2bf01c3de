//! The brokers that a command talks to.

use super::Failure;
use anyhow::{Error, anyhow};
use clap::Args;
use pipeline::kafka::{ClientError, KafkaAccess};

/// Which brokers.
#[derive(Debug, Args)]
pub struct KafkaArgs {
    /// Brokers as host:port, several with commas between
    #[arg(
        long,
        value_name = "ADDR",
        env = "TAPEFLOW_KAFKA",
        default_value = "127.0.0.1:9092",
        global = true
    )]
    brokers: String,
    /// A setting of librdkafka for SASL or TLS, as in sasl.username=me; may be given several
    /// times. Secrets come from the environment: sasl.password='$PASSWORD'
    #[arg(long = "security", value_name = "KEY=VALUE", value_parser = setting, global = true)]
    security: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), Error> {
    let wrong = || anyhow!("write KEY=VALUE, as in security.protocol=sasl_plaintext");
    let (key, value) = text.split_once('=').ok_or_else(wrong)?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

impl KafkaArgs {
    /// How they are reached.
    pub fn access(&self) -> Result<KafkaAccess, Failure> {
        let brokers = self.brokers.clone();
        let access = KafkaAccess { brokers, security: self.security.iter().cloned().collect() };
        access.check().map_err(Failure::not_started)?;
        Ok(access)
    }
}

/// A failure of brokers: never started when nothing could be asked of them.
pub fn failure(error: ClientError) -> Failure {
    match error {
        ClientError::Access(_) | ClientError::NoTopic { .. } | ClientError::Unreachable { .. } => {
            Failure::not_started(error)
        }
        ClientError::Refused { .. } => Failure::failed(error),
    }
}
