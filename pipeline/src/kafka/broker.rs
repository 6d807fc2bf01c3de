//! The broker inside the program, for demonstrations on a bare machine: librdkafka's own mock. It
//! keeps about 5 MB of each partition in memory, forgets all of it when it ends, and takes part in
//! transactions without fencing or aborting any. What must survive anything needs a real broker.

use super::{KafkaAccess, TopicPlan, client::said};
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use std::{
    io,
    net::{Shutdown, TcpListener, TcpStream},
    thread::Builder,
};

/// A broker that lives until it is dropped.
pub struct DevBroker {
    cluster: MockCluster<'static, DefaultProducerContext>,
    address: String,
}

/// A broker that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The port is not free.
    #[error("cannot listen on 127.0.0.1:{port}: {error}; choose another port")]
    Port {
        /// The port.
        port: u16,
        /// What the system says.
        error: io::Error,
    },
    /// librdkafka refuses.
    #[error("cannot {what}: {reason}")]
    Mock {
        /// What was asked of it.
        what: String,
        /// What it says.
        reason: String,
    },
}

impl DevBroker {
    /// Starts one on 127.0.0.1 with these topics; port 0 is any that is free.
    ///
    /// # Errors
    /// When the port is taken, or a topic cannot be made.
    pub fn start(port: u16, topics: &[TopicPlan]) -> Result<DevBroker, BrokerError> {
        let refused = |what: String| {
            move |error: rdkafka::error::KafkaError| BrokerError::Mock {
                what,
                reason: said(&error),
            }
        };
        let cluster = MockCluster::new(1).map_err(refused("start the broker".to_owned()))?;
        for topic in topics {
            cluster
                .create_topic(&topic.name, topic.partitions as i32, 1)
                .map_err(refused(format!("make topic `{}`", topic.name)))?;
        }
        let inner = cluster.bootstrap_servers();
        let address = match port {
            0 => inner,
            port => forward(port, inner).map_err(|error| BrokerError::Port { port, error })?,
        };
        Ok(DevBroker { cluster, address })
    }

    /// Where clients find it.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// How clients reach it.
    pub fn access(&self) -> KafkaAccess {
        KafkaAccess::plain(self.address.clone())
    }

    /// The mock itself, to make it fail on purpose.
    pub fn mock(&self) -> &MockCluster<'static, DefaultProducerContext> {
        &self.cluster
    }
}

/// The mock chooses its port itself. Clients begin at ours, learn the other one there, and go on
/// to it.
fn forward(port: u16, inner: String) -> io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    let address = listener.local_addr()?.to_string();
    let accept = move || {
        for client in listener.incoming().flatten() {
            let Ok(broker) = TcpStream::connect(&inner) else { continue };
            let (Ok(client_in), Ok(broker_in)) = (client.try_clone(), broker.try_clone()) else {
                continue;
            };
            pipe(client_in, broker);
            pipe(broker_in, client);
        }
    };
    Builder::new().name("broker".to_owned()).spawn(accept)?;
    Ok(address)
}

fn pipe(mut from: TcpStream, mut to: TcpStream) {
    let copy = move || {
        // Either side may go at any time: then the other is told.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    };
    // Without a thread the connection closes, and the client tries again.
    let _ = Builder::new().name("broker".to_owned()).spawn(copy);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::ClientError;
    use rdkafka::{Message, Offset, TopicPartitionList, consumer::Consumer, producer::BaseRecord};
    use std::time::Duration;

    #[test]
    fn records_come_back_through_the_chosen_port() {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let broker = DevBroker::start(free, &["a:3".parse().unwrap()]).unwrap();
        assert_eq!(broker.address(), format!("127.0.0.1:{free}"));
        let access = broker.access();
        let producer = access.producer(&[]).unwrap();
        producer.send(BaseRecord::<(), str>::to("a").partition(2).payload("x")).unwrap();
        access.flush(&producer, Duration::from_secs(10)).unwrap();
        let consumer = access.consumer(&[]).unwrap();
        assert_eq!(access.partitions(consumer.client(), "a").unwrap(), 3);
        assert_eq!(access.offsets(consumer.client(), "a", 2).unwrap(), (0, 1));
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("a", 2, Offset::Offset(0)).unwrap();
        consumer.assign(&list).unwrap();
        let message = consumer.poll(Duration::from_secs(10)).unwrap().unwrap();
        assert_eq!(message.payload(), Some(&b"x"[..]));
        let taken = DevBroker::start(free, &[]).err().unwrap();
        assert!(matches!(taken, BrokerError::Port { .. }), "{taken}");
    }

    #[test]
    fn a_record_that_cannot_be_delivered_is_an_error_of_the_flush() {
        let broker = DevBroker::start(0, &["a:1".parse().unwrap()]).unwrap();
        let access = broker.access();
        let producer = access.producer(&[]).unwrap();
        producer.send(BaseRecord::<(), str>::to("a").partition(7).payload("x")).unwrap();
        let error = access.flush(&producer, Duration::from_secs(10)).unwrap_err();
        assert!(matches!(error, ClientError::Refused { .. }), "{error}");
    }
}
