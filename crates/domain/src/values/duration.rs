//! Spans of time as people read them: "5 h 12 min", "3 min ago".

/// A span of whole seconds, in at most two units. Negative spans read as "0 s".
#[must_use]
pub fn format_duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600, seconds / 60);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min"),
        3600..86_400 if minutes % 60 == 0 => format!("{hours} h"),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ if hours % 24 == 0 => format_unit(days, "day"),
        _ => format!("{} {} h", format_unit(days, "day"), hours % 24),
    }
}

/// How long ago something was, in one unit.
#[must_use]
pub fn format_age(seconds: i64) -> String {
    match seconds {
        ..10 => "just now".to_owned(),
        10..60 => format!("{seconds} s ago"),
        60..3600 => format!("{} min ago", seconds / 60),
        3600..86_400 => format!("{} h ago", seconds / 3600),
        _ => format!("{} ago", format_unit(seconds / 86_400, "day")),
    }
}

/// `mm:ss`, for a countdown.
#[must_use]
pub fn format_countdown(seconds: i64) -> String {
    let seconds = seconds.max(0);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

fn format_unit(number: i64, unit: &str) -> String {
    super::count::format_count(usize::try_from(number).unwrap_or_default(), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        for (seconds, text) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (18_720, "5 h 12 min"),
            (86_400, "1 day"),
            (180_000, "2 days 2 h"),
        ] {
            assert_eq!(format_duration(seconds), text);
        }
        assert_eq!(format_age(200), "3 min ago");
        assert_eq!(format_age(-3), "just now");
        assert_eq!(format_countdown(598), "9:58");
    }
}
