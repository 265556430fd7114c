import Foundation

/// The most memory that this process had at any time.
enum Memory {
  /// In bytes; 0 where the system does not tell, or a sanitizer has memory of its own.
  static var peak: Int {
    guard ProcessInfo.processInfo.environment["ALEXNET_SANITIZER"] == nil,
      let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kilobytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return 0 }
    return kilobytes << 10
  }
}
