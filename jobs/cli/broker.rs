//! `tapeflow broker`: a broker for demonstrations.

use super::{Failure, Outcome, interrupt::wait_for_interrupt, output::print};
use clap::Args;
use pipeline::kafka::{DevBroker, TopicPlan};

const EXAMPLES: &str = "\
Examples:
  tapeflow broker --topics market:4,signals:1
  tapeflow broker --port 0

A real Kafka on this machine, without containers: infra/kafka.sh start";

/// Run a Kafka broker inside this program, for demonstrations on a bare machine
///
/// It keeps records in memory only, about 5 MB of each partition, and forgets everything when it
/// ends. It takes part in transactions but neither fences nor aborts any, so that nothing can be
/// learned from it about exactly-once. Topics that are first named by a producer come into being
/// with 4 partitions. It runs until Ctrl-C; its address goes to stdout.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct BrokerArgs {
    /// Port on 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "PORT", default_value_t = 9092)]
    port: u16,
    /// Topics as NAME:PARTITIONS, several with commas between
    #[arg(long, value_name = "TOPICS", value_delimiter = ',')]
    topics: Vec<TopicPlan>,
}

/// What it is no good for.
const LIMITS: &str = "\
development broker: records are in memory only (about 5 MB a partition, the oldest go first), \
nothing survives its end,
retention is not kept, and transactions are neither fenced nor aborted. \
For anything else: infra/kafka.sh start";

impl BrokerArgs {
    /// Does it.
    pub fn execute(&self) -> Outcome {
        let broker = DevBroker::start(self.port, &self.topics).map_err(Failure::not_started)?;
        eprintln!("{LIMITS}");
        eprintln!("Ctrl-C ends it");
        print(&format!("{}\n", broker.address()))?;
        tracing::info!(address = broker.address(), topics = self.topics.len(), "broker runs");
        wait_for_interrupt().map_err(Failure::failed)
    }
}
