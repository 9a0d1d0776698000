"""What a container needs to start, wherever its image comes from."""

SYSTEM_DIRECTORIES = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys"),
    *(
        "/usr/bin",
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/bin",
        "/usr/local/lib",
        "/usr/sbin",
        "/usr/share",
    ),
    *("/var/cache", "/var/lib/dpkg", "/var/log", "/var/run"),
)
"""Programs, libraries, devices and what the container runtime puts there itself (Filesystem Hierarchy
Standard 3.0, sections 3 and 4). A file system that is mounted over one of them hides all of it."""
