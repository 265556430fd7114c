#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How many threads can run at once: the processors this process may use, or fewer where a
/// container's quota allows less. At least 1.
public func availableProcessorCount() -> Int {
  max(1, min(processorsInAffinityMask() ?? onlineProcessors(), processorQuota() ?? .max))
}

private func onlineProcessors() -> Int {
  Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
}

/// From `/proc`, because the C library declares its call for GNU sources only.
private func processorsInAffinityMask() -> Int? {
  #if os(Linux)
    // Without /proc, the processors that are online are counted instead.
    guard let status = try? readFile("/proc/self/status", limit: 1 << 20) else { return nil }
    return processors(inStatus: String(decoding: status, as: UTF8.self))
  #else
    return nil
  #endif
}

/// The bits set in the line `Cpus_allowed:` of `/proc/self/status` (groups of hexadecimal digits).
package func processors(inStatus text: String) -> Int? {
  let name = "Cpus_allowed:"
  guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else {
    return nil
  }
  let count = line.dropFirst(name.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
  return count > 0 ? count : nil
}

/// The smallest quota of this process's control group (version 2) and those above it, rounded up.
private func processorQuota() -> Int? {
  controlGroupFiles("cpu.max", controller: nil, below: "/sys/fs/cgroup")
    .compactMap(processors(inQuota:)).min()
}

/// The processors that `cpu.max` ("QUOTA PERIOD" in microseconds, or "max PERIOD") grants.
package func processors(inQuota text: String) -> Int? {
  let numbers = text.split(whereSeparator: \.isWhitespace).map { Int($0) }
  guard numbers.count == 2, let quota = numbers[0], let period = numbers[1], quota > 0, period > 0
  else { return nil }
  return (quota - 1) / period + 1
}
