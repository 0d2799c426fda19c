//! Who this process acts for, and who shares a group with someone.

use nix::unistd::{Gid, Group, Uid, User};

/// The number of the user whose rights this process has.
#[must_use]
pub fn effective_user_id() -> u32 {
    nix::unistd::geteuid().as_raw()
}

/// A user's name, or the number where it has none here, as in many containers.
#[must_use]
pub fn name_of(uid: u32) -> String {
    match User::from_uid(Uid::from_raw(uid)) {
        Ok(Some(user)) => format!("`{}`", user.name),
        _ => format!("user {uid}"),
    }
}

/// Whether we may put files into a folder, or make it where it is missing.
#[must_use]
pub fn may_write(folder: &std::path::Path) -> bool {
    let existing = folder.ancestors().find(|step| step.exists());
    existing.is_some_and(|step| rustix::fs::access(step, rustix::fs::Access::WRITE_OK).is_ok())
}

/// Whether a group has no one in it but its user, as many systems give every user one. Files that
/// such a group may write are written by their owner alone.
#[must_use]
pub fn is_private_group(gid: u32, owner: u32) -> bool {
    let group = Group::from_gid(Gid::from_raw(gid)).ok().flatten();
    let user = User::from_uid(Uid::from_raw(owner)).ok().flatten();
    match (group, user) {
        (Some(group), Some(user)) => {
            group.name == user.name
                && user.gid.as_raw() == gid
                && group.mem.iter().all(|member| *member == user.name)
        }
        // Neither is known here: these are numbers of another system, where they go in pairs.
        (None, None) => gid == owner,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_ones_own_is_private() {
        // No system knows these numbers.
        let (unknown, other) = (3_999_999_001, 3_999_999_002);
        assert!(is_private_group(unknown, unknown) && !is_private_group(other, unknown));
        assert!(!is_private_group(unknown, 0), "root has another group");
        let daemon = User::from_name("daemon")
            .expect("asks")
            .expect("every system has it");
        let group = daemon.gid.as_raw();
        let named_alike = Group::from_gid(daemon.gid)
            .expect("asks")
            .is_some_and(|g| g.name == "daemon" && g.mem.is_empty());
        assert_eq!(is_private_group(group, daemon.uid.as_raw()), named_alike);
        assert_eq!(name_of(daemon.uid.as_raw()), "`daemon`");
        assert_eq!(name_of(unknown), format!("user {unknown}"));
    }
}
