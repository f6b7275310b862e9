"""Speaks to a broker. `create SERVERS TOPIC PARTITIONS SETTINGS` makes a topic with settings given as JSON, `produce SERVERS TOPIC FILE`
sends the messages of a file, one JSON a line (`key` and `value` in base64 or null), and waits until all are acknowledged,
`consume SERVERS TOPIC` prints every record there is as Lambda's event source would hand it over, one JSON a line."""

import base64
import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition
from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME
from confluent_kafka.admin import AdminClient, NewTopic

TIMEOUT_S = 30


def create(servers, topic, partitions, settings):
    wish = NewTopic(topic, int(partitions), 1, config=json.loads(settings))
    # kept until it is done: it goes with its last reference
    admin = AdminClient({"bootstrap.servers": servers})
    admin.create_topics([wish])[topic].result(TIMEOUT_S)


def produce(servers, topic, file):
    failures = []
    producer = Producer({"bootstrap.servers": servers, "acks": "all", "partitioner": "murmur2_random"})
    with open(file) as lines:
        for line in lines:
            message = json.loads(line)
            producer.produce(
                topic,
                key=decode(message["key"]),
                value=decode(message["value"]),
                on_delivery=lambda error, _: failures.append(error) if error else None,
            )
            producer.poll(0)
    if producer.flush(TIMEOUT_S) > 0 or failures:
        sys.exit(f"not all messages were acknowledged: {failures[:3]}")


def consume(servers, topic):
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "none", "enable.partition.eof": True})
    partitions = consumer.list_topics(topic, TIMEOUT_S).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
    open_ends = set(partitions)
    while open_ends:
        record = consumer.poll(TIMEOUT_S)
        if record is None:
            sys.exit(f"partitions {open_ends} say nothing")
        if record.error():
            open_ends.discard(record.partition())
            continue
        kind, time = record.timestamp()
        print(
            json.dumps(
                {
                    "topic": topic,
                    "partition": record.partition(),
                    "offset": record.offset(),
                    "timestamp": time,
                    "timestampType": "LOG_APPEND_TIME" if kind == TIMESTAMP_LOG_APPEND_TIME else "CREATE_TIME",
                    "key": encode(record.key()),
                    "value": encode(record.value()),
                    "headers": [],
                }
            )
        )
    consumer.close()


def decode(text):
    return None if text is None else base64.b64decode(text)


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


COMMANDS = [create, produce, consume]
{command.__name__: command for command in COMMANDS}[sys.argv[1]](*sys.argv[2:])
