//! What only an opening can find wrong, and the guard.

use super::{Out, try_open};

#[tokio::test]
async fn what_cannot_work_is_refused_with_a_fix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, "two\nlines").unwrap();
    let place = format!("file://{}", path.display());
    let url = "url = \"https://hooks.example.com/in\"";
    for (lines, what, fix) in [
        ("url = \"http://hooks.example.com/in\"".to_owned(), "not https", "allow_private = true"),
        ("url = \"https://127.0.0.1/in\"".to_owned(), "127.0.0.1 is loopback", "public host"),
        ("url = \"https://2130706433/in\"".to_owned(), "127.0.0.1 is loopback", "public host"),
        ("url = \"https://[::ffff:169.254.169.254]/\"".to_owned(), "metadata server", "public host"),
        ("url = \"https://me:hunter2@hooks.example.com/\"".to_owned(), "a name or a password", "basic"),
        (format!("{url}\nbearer = \"{place}\""), "no header can carry", "without line ends"),
        (format!("{url}\nsign = \"{place}\""), "no key to sign with", "base64"),
        (format!("{url}\nbearer = \"{place}\"\naudience = \"https://a\""), "bearer and audience", "keep one"),
        (
            format!("{url}\nbearer = \"{place}\"\nbasic = {{ user = \"a\", password = \"{place}\" }}"),
            "bearer and basic",
            "keep one",
        ),
        (format!("{url}\nbasic = {{ user = \"a:b\", password = \"{place}\" }}"), "colon", "password"),
        (format!("{url}\nheaders = {{ host = \"a\" }}"), "belongs to the connection", "remove it"),
        (format!("{url}\nheaders = {{ \"a b\" = \"c\" }}"), "not the name of a header", "mend it"),
        (format!("{url}\nheaders = {{ a = \"env://hunter2 \" }}"), "is none", "env://NAME"),
        (format!("{url}\nheaders = {{ authorization = \"Bearer hunter2\" }}"), "a secret stands", "bearer"),
        (format!("{url}\nbearer = \"{place}\"\nheaders = {{ authorization = \"{place}\" }}"), "set twice", "remove it"),
    ] {
        let error = try_open(&lines).await.unwrap_err();
        assert!(error.what.contains(what) && error.fix.contains(fix), "{lines}: {error:?}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_is_said_at_the_start_and_never_asked() {
    let destination = try_open("url = \"https://localhost:1/in\"").await.unwrap();
    let said = destination.reach().await.unwrap_err().to_string();
    assert!(said.contains("localhost is at ") && said.contains("allow_private = true"), "{said}");
    let said = Out::of(destination).take(&[], b"body").await.unwrap_err();
    assert!(said.contains("localhost is at ") && !said.contains("tried"), "{said}");
}
