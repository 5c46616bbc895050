//! CTRL peers.

use std::io::Write as _;
use std::sync::mpsc::channel;
use std::thread;

use super::peer::{answer_all, asked, framed, refuse_all, reply, request, to_end};
use super::*;

const ROW: &str = "\nid\t1\nimsi\t450081234567890\nmsisdn\t821012345678\nnam_cs\t1\nnam_ps\t1\n";

/// What a call says when the peer answers the first request with these bytes and then closes.
fn after(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> HlrError {
    let peer = Peer::start(move |_, stream| {
        let request = request(stream)?;
        stream.write_all(&answer(&request))
    });
    let hlr = client(PATIENT, Some(&peer), None);
    timely(|| hlr.set_number(&imsi(), Some(&number()))).unwrap_err()
}

#[test]
fn silence_is_unknown_and_denies_until_the_end_comes() {
    let (say, may_end) = channel::<()>();
    let peer = Peer::start(move |at, stream| {
        if at == 0 {
            let _ended = may_end.recv();
            return Ok(());
        }
        answer_all(stream, |_| ROW.into())
    });
    let hlr = client(HASTY, Some(&peer), None);
    let began = Instant::now();
    assert_eq!(timely(|| hlr.create(&imsi())), Err(HlrError::Unknown(Doubt::Silence)));
    assert!(began.elapsed() >= HASTY);
    for _ in 0..2 {
        let denied = timely(|| hlr.read(&imsi())).unwrap_err();
        assert_eq!(denied, HlrError::Unreachable(Unsent::Owing));
    }
    assert_eq!(peer.connections(), 1, "no second way past the first");
    drop(say);
    assert!(timely(|| hlr.read(&imsi())).unwrap().is_some());
}

#[test]
fn what_was_queued_is_read_before_anything_new_is_asked() {
    // The peer wakes up only when we have closed our direction: it reads the command to its end, and then the connection is over.
    let (done, order) = channel();
    let peer = Peer::start(move |at, stream| {
        if at == 0 {
            let command = request(stream)?;
            to_end(stream)?;
            done.send("carried out").unwrap();
            return stream.write_all(&reply(&command, "OK"));
        }
        done.send("looked at").unwrap();
        answer_all(stream, |_| ROW.into())
    });
    let hlr = client(HASTY, Some(&peer), None);
    let silent = timely(|| hlr.set_number(&imsi(), Some(&number())));
    assert_eq!(silent, Err(HlrError::Unknown(Doubt::Silence)));
    assert!(timely(|| hlr.read(&imsi())).unwrap().is_some());
    assert_eq!(order.try_iter().collect::<Vec<_>>(), ["carried out", "looked at"]);
}

#[test]
fn whatever_answers_something_else_is_not_believed() {
    let nonsense = HlrError::Unknown(Doubt::Nonsense);
    let with_id = |request: &str, more: u32| {
        let (id, variable) = asked(request);
        framed(&format!("SET_REPLY {} {variable} OK", id + more))
    };
    assert_eq!(after(move |request| with_id(request, 1)), nonsense, "a strange id");
    assert_eq!(after(|_| framed("ERROR err Request type unknown")), nonsense);
    assert_eq!(after(|_| framed("SET_REPLY 1 subscriber.create OK")), nonsense, "another variable");
    let as_get = |request: &str| reply(&request.replacen("SET", "GET", 1), "OK");
    assert_eq!(after(as_get), nonsense, "another verb");
    assert_eq!(after(|request| reply(request, "KO")), nonsense, "another value");
    assert_eq!(after(|_| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()), nonsense);
    assert_eq!(after(|_| vec![0; 64]), nonsense);
    let huge = |_: &str| [vec![0xFF, 0xFF, 0xEE, 0x00], vec![b'x'; 65_534]].concat();
    assert_eq!(after(huge), nonsense, "a frame of 64 kB");
}

#[test]
fn a_connection_that_ends_leaves_it_unknown() {
    let cut = HlrError::Unknown(Doubt::Cut);
    assert_eq!(after(|_| Vec::new()), cut);
    assert_eq!(after(|_| vec![0x00]), cut, "in the middle of a length");
    let half = |request: &str| {
        let mut whole = reply(request, "OK");
        whole.truncate(whole.len() - 1);
        whole
    };
    assert_eq!(after(half), cut, "in the middle of a frame");
}

#[test]
fn a_peer_that_babbles_for_ever_is_asked_no_more() {
    let peer = Peer::start(|_, stream| {
        request(stream)?;
        loop {
            stream.write_all(&[b'x'; 4_096])?;
        }
    });
    let hlr = client(HASTY, Some(&peer), None);
    assert_eq!(timely(|| hlr.delete(&imsi())), Err(HlrError::Unknown(Doubt::Nonsense)));
    let denied = timely(|| hlr.read(&imsi())).unwrap_err();
    assert_eq!(denied, HlrError::Unreachable(Unsent::Owing));
}

#[test]
fn pieces_and_traps_are_no_matter() {
    let peer = Peer::start(|_, stream| {
        stream.set_nodelay(true)?;
        loop {
            let request = request(stream)?;
            stream.write_all(&framed("TRAP 0 some.thing happened"))?;
            for byte in reply(&request, ROW) {
                stream.write_all(&[byte])?;
            }
        }
    });
    let hlr = client(PATIENT, Some(&peer), None);
    for _ in 0..3 {
        let row = timely(|| hlr.read(&imsi())).unwrap().unwrap();
        assert_eq!(row.number, Some(number()));
    }
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_peer_that_closes_after_each_answer_is_connected_to_again() {
    let peer = Peer::start(|_, stream| {
        let request = request(stream)?;
        stream.write_all(&reply(&request, ROW))
    });
    let hlr = client(PATIENT, Some(&peer), None);
    assert!(timely(|| hlr.read(&imsi())).unwrap().is_some());
    // Whether the end was seen before the next question is a race; it is never more than unknown, and not for long.
    let mut looks = (0..1_000).map(|_| timely(|| hlr.read(&imsi())));
    let answered = looks.find_map(|look| match look {
        Ok(row) => Some(row),
        Err(HlrError::Unknown(Doubt::Cut) | HlrError::Unreachable(Unsent::NoConnection)) => None,
        Err(other) => panic!("{other}"),
    });
    assert!(answered.unwrap().is_some());
    assert!(peer.connections() >= 2);
}

#[test]
fn many_ask_at_once_on_one_connection_and_each_gets_its_own_answer() {
    const MANY: usize = 16;
    let peer = Peer::start(|_, stream| {
        let mut asked = Vec::new();
        while asked.len() < MANY {
            asked.push(request(stream)?);
        }
        // Answers out of order, each naming the row it was asked for.
        for request in asked.iter().rev() {
            let imsi = request.rsplit("by-imsi-").next().unwrap();
            let imsi = imsi.trim_end_matches(".info-all");
            stream.write_all(&reply(request, &ROW.replace("450081234567890", imsi)))?;
        }
        to_end(stream)
    });
    let hlr = client(PATIENT, Some(&peer), None);
    thread::scope(|scope| {
        for at in 0..MANY {
            let hlr = &hlr;
            scope.spawn(move || {
                let imsi = Imsi::parse(&format!("4500812345678{at:02}")).unwrap();
                assert!(timely(|| hlr.read(&imsi)).unwrap().is_some());
            });
        }
    });
    assert_eq!(peer.connections(), 1);
}

#[test]
fn many_callers_of_a_silent_peer_wait_no_longer_than_one() {
    let peer = Peer::start(|_, stream| to_end(stream));
    let hlr = client(HASTY, Some(&peer), None);
    timely(|| {
        thread::scope(|scope| {
            for _ in 0..32 {
                scope.spawn(|| hlr.create(&imsi()).unwrap_err());
            }
        });
    });
}

#[test]
fn refusals_are_told_apart() {
    for (words, refusal) in [
        ("No such subscriber.", Refusal::NoSuchRow),
        ("Subscriber doesn't exist.", Refusal::NoSuchRow),
        ("Subscriber already exists.", Refusal::RowExists),
        ("Update MSISDN failed", Refusal::NumberTaken),
        ("Value failed verification.", Refusal::BadValue),
        ("Command not found", Refusal::Other("Command not found".into())),
    ] {
        let peer = Peer::start(|_, stream| refuse_all(stream, words));
        let hlr = client(PATIENT, Some(&peer), None);
        assert_eq!(timely(|| hlr.create(&imsi())), Err(HlrError::Refused(refusal)));
        assert!(!timely(|| hlr.create(&imsi())).unwrap_err().may_have_been_done());
        assert_eq!(peer.connections(), 1, "a refusal is an answer");
    }
}

#[test]
fn a_row_that_is_not_there_is_an_answer_to_a_look() {
    let peer = Peer::start(|_, stream| refuse_all(stream, "No such subscriber."));
    let hlr = client(PATIENT, Some(&peer), None);
    assert_eq!(timely(|| hlr.read(&imsi())), Ok(None));
    assert_eq!(timely(|| hlr.holder(&number())), Ok(None));
}
