#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many bytes of memory this process may use: the machine's, or fewer where a container's limit
/// allows less.
public func machineMemory() -> Int {
  min(physicalMemory(), memoryLimitOfControlGroups() ?? .max)
}

private func physicalMemory() -> Int {
  let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
  let (bytes, overflow) = Int(pages).multipliedReportingOverflow(by: Int(size))
  // A system that does not tell is taken for a small one.
  return overflow || pages <= 0 || size <= 0 ? 1 << 30 : bytes
}

/// The smallest limit of this process's control groups, of version 2 or 1, and those above them.
private func memoryLimitOfControlGroups() -> Int? {
  let limits =
    controlGroupFiles("memory.max", controller: nil, below: "/sys/fs/cgroup")
    + controlGroupFiles(
      "memory.limit_in_bytes", controller: "memory", below: "/sys/fs/cgroup/memory")
  return limits.compactMap(memoryLimit(inFile:)).min()
}

/// The bytes that a control group's file grants; nil for "max".
package func memoryLimit(inFile text: String) -> Int? {
  guard let word = text.split(whereSeparator: \.isWhitespace).first, let limit = Int(word),
    limit > 0
  else { return nil }
  return limit
}
