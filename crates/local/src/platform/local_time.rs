//! Instants as a user's clock shows them. The only place that knows the user's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// "15:40", with the day where it is not today's.
#[must_use]
pub fn format_local_time(at: Timestamp, now: Timestamp) -> String {
    in_zone(at, now, TimeZone::system())
}

/// "15:40", with the day only where it is more than a day away: for where there is little room.
#[must_use]
pub fn format_next_time(at: Timestamp, now: Timestamp) -> String {
    let hours = at.duration_since(now).as_hours();
    let day = if (0..24).contains(&hours) { at } else { now };
    in_zone(at, day, TimeZone::system())
}

fn in_zone(at: Timestamp, now: Timestamp, zone: TimeZone) -> String {
    let today = now.to_zoned_datetime(zone.clone()).date();
    let at = at.to_zoned_datetime(zone);
    let format = if at.date() == today {
        "%H:%M"
    } else {
        "%-d %b %H:%M"
    };
    at.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_where_it_is_another_one() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = at("2026-11-23T16:00:00Z");
        let zone = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(in_zone(at("2026-11-23T15:40:00Z"), now, zone.clone()), "00:40");
        assert_eq!(in_zone(at("2026-11-23T14:40:00Z"), now, zone), "23 Nov 23:40");
    }
}
