/// The contents of the file `name` of this process's control group and of all groups above it, the
/// topmost first. Groups that have no such file are left out. Inside a container most are missing.
///
/// - Parameters:
///   - controller: the controller whose group is meant, for version 1 of control groups; nil for
///     version 2, which has one group for all controllers.
///   - root: the folder of the topmost group.
func controlGroupFiles(_ name: String, controller: String?, below root: RawPath) -> [String] {
  #if os(Linux)
    // A system without control groups sets no limits with them.
    guard let groups = try? readFile("/proc/self/cgroup", limit: 1 << 16),
      let own = controlGroup(in: String(decoding: groups, as: UTF8.self), controller: controller)
    else { return [] }
    let parts = own.split(separator: "/")
    return (0...parts.count).compactMap { depth in
      let folder = parts.prefix(depth).reduce(root) { $0.appending($1.utf8) }
      // A group without the file sets no limit.
      return (try? readFile(folder.appending(name), limit: 1 << 10)).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  #else
    return []
  #endif
}

/// The path of a control group in the text of `/proc/self/cgroup`, whose lines are
/// "ID:CONTROLLERS:PATH". In version 2, CONTROLLERS is empty.
package func controlGroup(in text: String, controller: String?) -> String? {
  for line in text.split(separator: "\n") {
    let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard fields.count == 3 else { continue }
    let controllers = fields[1].split(separator: ",").map(String.init)
    let isWanted =
      if let controller { controllers.contains(controller) } else { fields[1].isEmpty }
    if isWanted { return String(fields[2]) }
  }
  return nil
}
