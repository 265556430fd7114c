#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many threads can run at the same time: the number of processors that this process may use,
/// or the quota of the container if that is smaller. At least 1.
public func availableProcessorCount() -> Int {
  max(1, min(processorsInAffinityMask() ?? onlineProcessors(), processorQuota() ?? .max))
}

private func onlineProcessors() -> Int {
  Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

/// The number of processors in this process's affinity mask; nil if it is not known. It is read
/// from `/proc`, because the C library declares `sched_getaffinity` only for programs that define
/// `_GNU_SOURCE`.
private func processorsInAffinityMask() -> Int? {
  #if os(Linux)
    // Without /proc, the caller counts the processors that are online.
    guard let status = try? readFile("/proc/self/status", limit: 1 << 20) else { return nil }
    return processors(inStatus: String(decoding: status, as: UTF8.self))
  #else
    return nil
  #endif
}

/// The number of bits that are set in the line `Cpus_allowed:` of `/proc/self/status`, which is a
/// list of hexadecimal numbers.
package func processors(inStatus text: String) -> Int? {
  let name = "Cpus_allowed:"
  guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
    return nil
  }
  let count = line.dropFirst(name.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
  return count > 0 ? count : nil
}

/// The smallest processor quota of this process's control group and the groups above it, rounded
/// up; nil if there is none.
private func processorQuota() -> Int? {
  let quotas = controlGroupFiles("cpu.max", controller: nil, below: "/sys/fs/cgroup")
  // In version 1 of control groups, the two numbers are files of their own.
  func numbers(_ name: String) -> [String] {
    controlGroupFiles(name, controller: "cpu", below: "/sys/fs/cgroup/cpu")
  }
  let firstVersion = zip(numbers("cpu.cfs_quota_us"), numbers("cpu.cfs_period_us"))
  return (quotas + firstVersion.map { "\($0) \($1)" }).compactMap(processors(inQuota:)).min()
}

/// The number of processors that the text of a `cpu.max` file allows. The text is "QUOTA PERIOD" in
/// microseconds. For no limit the result is nil: the quota is "max", or -1 in version 1 of control
/// groups.
package func processors(inQuota text: String) -> Int? {
  let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
  guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0
  else { return nil }
  return (quota - 1) / period + 1
}
