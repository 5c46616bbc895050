//! VTY peers.

use std::io::Write as _;

use super::peer::{PROMPT, greet, line, say, to_end};
use super::*;

/// What `set_access` says when the peer answers the command like this and then closes.
fn after(answer: impl Fn(&str) -> String + Send + 'static) -> Result<(), HlrError> {
    let peer = Peer::start(move |_, stream| {
        greet(stream)?;
        let command = line(stream)?;
        say(stream, &answer(&command))
    });
    let hlr = client(PATIENT, None, Some(&peer));
    timely(|| hlr.set_access(&imsi(), Access::NONE))
}

/// What it says when the peer greets like this and then waits.
fn greeted(greeting: &'static str) -> HlrError {
    let peer = Peer::start(move |_, stream| say(stream, greeting).and_then(|()| to_end(stream)));
    let hlr = client(HASTY, None, Some(&peer));
    timely(|| hlr.set_access(&imsi(), Access::NONE)).unwrap_err()
}

#[test]
fn a_bare_prompt_means_done() {
    assert_eq!(after(|command| format!("{command}\r\n{PROMPT}")), Ok(()));
}

#[test]
fn one_session_takes_one_command_after_another() {
    let peer = Peer::start(|_, stream| {
        greet(stream)?;
        loop {
            let command = line(stream)?;
            let mode = command.rsplit(' ').next().unwrap();
            assert!(["none", "cs", "ps", "cs+ps"].contains(&mode), "{command}");
            // In two pieces, with telnet's bytes between them.
            say(stream, &format!("{command}\r"))?;
            stream.write_all(b"\xff\xfb\x01\nOsmo")?;
            say(stream, "HLR# ")?;
        }
    });
    let hlr = client(PATIENT, None, Some(&peer));
    for access in Access::ALL {
        assert_eq!(timely(|| hlr.set_access(&imsi(), access)), Ok(()));
    }
    assert_eq!(peer.connections(), 1);
}

#[test]
fn a_refusal_is_in_the_hlrs_words() {
    let gone = |command: &str| {
        format!("{command}\r\n% No subscriber for imsi = '450081234567890'\r\n{PROMPT}")
    };
    assert_eq!(after(gone), Err(HlrError::Refused(Refusal::NoSuchRow)));
    let unknown = |command: &str| format!("{command}\r\n% Unknown command.\r\n{PROMPT}");
    let words = Refusal::Other("Unknown command.".into());
    assert_eq!(after(unknown), Err(HlrError::Refused(words)));
}

#[test]
fn anything_else_is_not_believed() {
    let nonsense = Err(HlrError::Unknown(Doubt::Nonsense));
    assert_eq!(after(|command| format!("{command}\r\nsure!\r\n{PROMPT}")), nonsense);
    assert_eq!(after(|_| format!("another command\r\n{PROMPT}")), nonsense, "another echo");
    assert_eq!(after(|_| "x".repeat(20_000)), nonsense, "no prompt and no end");
}

#[test]
fn an_end_before_the_prompt_leaves_it_unknown() {
    let cut = Err(HlrError::Unknown(Doubt::Cut));
    assert_eq!(after(|_| String::new()), cut);
    assert_eq!(after(|command| format!("{command}\r\nOsmoHLR")), cut);
    assert_eq!(after(|command| format!("{command}\r\nOsmoHLR> ")), cut, "another prompt");
}

#[test]
fn whoever_is_no_osmohlr_is_not_commanded() {
    let unreachable = HlrError::Unreachable(Unsent::NoConnection);
    assert_eq!(greeted(""), unreachable, "accepts and says nothing");
    assert_eq!(greeted("SSH-2.0-OpenSSH_9.2\r\n"), unreachable);
    let stranger = HlrError::Unreachable(Unsent::Stranger);
    assert_eq!(greeted("Welcome\r\nPassword: "), stranger);
}

#[test]
fn silence_denies_until_the_end_comes() {
    let (say_end, may_end) = std::sync::mpsc::channel::<()>();
    let peer = Peer::start(move |at, stream| {
        greet(stream)?;
        let command = line(stream)?;
        if at == 0 {
            let _ended = may_end.recv();
            return Ok(());
        }
        say(stream, &format!("{command}\r\n{PROMPT}"))
    });
    let hlr = client(HASTY, None, Some(&peer));
    let disable = || timely(|| hlr.set_access(&imsi(), Access::NONE));
    assert_eq!(disable(), Err(HlrError::Unknown(Doubt::Silence)));
    assert_eq!(disable(), Err(HlrError::Unreachable(Unsent::Owing)));
    drop(say_end);
    assert_eq!(disable(), Ok(()));
    assert_eq!(peer.connections(), 2);
}

#[test]
fn a_session_that_was_closed_meanwhile_is_opened_again() {
    let peer = Peer::start(|_, stream| {
        greet(stream)?;
        let command = line(stream)?;
        say(stream, &format!("{command}\r\n{PROMPT}"))
    });
    let hlr = client(PATIENT, None, Some(&peer));
    let disable = || timely(|| hlr.set_access(&imsi(), Access::NONE));
    assert_eq!(disable(), Ok(()));
    // Whether the end was seen in time is a race; it is never more than unknown, and not for long.
    let done = (0..1_000).find_map(|_| match disable() {
        Ok(()) => Some(()),
        Err(HlrError::Unknown(Doubt::Cut)) => None,
        Err(other) => panic!("{other}"),
    });
    assert!(done.is_some());
}
