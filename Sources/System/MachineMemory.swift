#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many bytes of memory this process may use: the memory of the machine, or the limit of the
/// container if that is smaller.
public func machineMemory() -> Int {
  min(physicalMemory(), memoryLimitOfControlGroups() ?? .max)
}

private func physicalMemory() -> Int {
  let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
  let (bytes, overflow) = Int(pages).multipliedReportingOverflow(by: Int(size))
  // If the system does not report its memory, a small machine is assumed.
  return overflow || pages <= 0 || size <= 0 ? 1 << 30 : bytes
}

/// The smallest memory limit of this process's control groups and the groups above them, in version
/// 2 or 1; nil if there is no limit.
private func memoryLimitOfControlGroups() -> Int? {
  let limits =
    controlGroupFiles("memory.max", controller: nil, below: "/sys/fs/cgroup")
    + controlGroupFiles(
      "memory.limit_in_bytes", controller: "memory", below: "/sys/fs/cgroup/memory")
  return limits.compactMap(memoryLimit(inFile:)).min()
}

/// The limit in bytes in the text of a control group's file; nil for "max", which means no limit.
package func memoryLimit(inFile text: String) -> Int? {
  guard let word = text.split(whereSeparator: \.isWhitespace).first, let limit = Int(word),
    limit > 0
  else { return nil }
  return limit
}
