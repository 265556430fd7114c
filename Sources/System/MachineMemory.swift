#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many bytes of memory this process may use: the memory of the machine, or the limit of the
/// container or of this process (`ulimit -v`, `ulimit -d`) if that is smaller.
public func machineMemory() -> Int {
  min(
    physicalMemory(), memoryLimitOfControlGroups() ?? .max,
    memoryLimitOfProcess(addressSpace) ?? .max, memoryLimitOfProcess(data) ?? .max)
}

#if canImport(Glibc)
  private let addressSpace = __rlimit_resource_t(RLIMIT_AS.rawValue)
  private let data = __rlimit_resource_t(RLIMIT_DATA.rawValue)
#else
  private let addressSpace = RLIMIT_AS
  private let data = RLIMIT_DATA
#endif

#if canImport(Glibc)
  private typealias Resource = __rlimit_resource_t
#else
  private typealias Resource = Int32
#endif

/// Nil where there is no limit.
private func memoryLimitOfProcess(_ resource: Resource) -> Int? {
  var limit = rlimit()
  // SAFETY: the structure is filled in before the call returns.
  guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
  // No limit is the largest number, which no `Int` can hold.
  return Int(exactly: limit.rlim_cur).flatMap { $0 > 0 && $0 < 1 << 60 ? $0 : nil }
}

/// The most bytes of memory that this process has occupied at any time so far; 0 where the system
/// does not say how much.
public func peakMemory() -> Int {
  #if os(Linux)
    // getrusage would also count the program that started this one.
    let status = (try? readFile("/proc/self/status", limit: 1 << 16)) ?? []
    return peakMemory(inStatus: String(decoding: status, as: UTF8.self)) ?? 0
  #else
    var usage = rusage()
    // SAFETY: the structure is filled in before the call returns.
    _ = unsafe getrusage(RUSAGE_SELF, &usage)
    return Int(usage.ru_maxrss)
  #endif
}

/// The bytes in the line "VmHWM: COUNT kB" of `/proc/self/status`.
package func peakMemory(inStatus text: String) -> Int? {
  for line in text.split(separator: "\n") {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count == 3, words[0] == "VmHWM:", words[2] == "kB" else { continue }
    return Int(words[1]).flatMap { kilobytes in
      let (bytes, overflow) = kilobytes.multipliedReportingOverflow(by: 1024)
      return overflow ? nil : bytes
    }
  }
  return nil
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
