//! Core against the fixtures of the browser build, so that a page and a server say the same of the same text.

#[cfg(test)]
mod fixtures {
    use serde::Deserialize;
    use simrecall_core::identity::{Iccid, Imei, Imsi, Msisdn, Personal, Reason};

    #[derive(Deserialize)]
    struct Fixture {
        kind: String,
        typed: String,
        normal: Option<String>,
        reason: Option<String>,
        masked: Option<String>,
    }

    #[test]
    fn core_and_browser_agree() {
        let text = include_str!("../../wasm/tests/identifiers.json");
        let fixtures: Vec<Fixture> = serde_json::from_str(text).unwrap();
        assert!(fixtures.len() >= 20);
        for fixture in fixtures {
            let got = match fixture.kind.as_str() {
                "msisdn" => read::<Msisdn>(&fixture.typed),
                "imsi" => read::<Imsi>(&fixture.typed),
                "imei" => read::<Imei>(&fixture.typed),
                "iccid" => read::<Iccid>(&fixture.typed),
                other => panic!("no such kind: {other}"),
            };
            let typed = &fixture.typed;
            match got {
                Ok((normal, masked)) => {
                    assert_eq!((Some(normal), None), (fixture.normal, fixture.reason), "{typed:?}");
                    assert!(fixture.masked.is_none_or(|wanted| wanted == masked), "{typed:?}");
                }
                Err(reason) => assert_eq!(Some(reason), fixture.reason, "{typed:?}"),
            }
        }
    }

    fn read<T: Personal>(typed: &str) -> Result<(String, String), String> {
        let value = T::parse(typed).map_err(|error| error.code().to_owned())?;
        Ok((value.expose().to_owned(), value.masked()))
    }
}
