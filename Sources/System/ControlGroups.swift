/// The contents of a file of this process's control group and of all groups above it, the topmost
/// first; those that are not there are left out, as most are inside a container.
///
/// - Parameters:
///   - controller: which controller's group, in version 1; nil for the one group of version 2.
///   - root: the folder of the topmost group.
func controlGroupFiles(_ name: String, controller: String?, below root: RawPath) -> [String] {
  #if os(Linux)
    // Where there are no control groups, there are no limits by them.
    guard let groups = try? readFile("/proc/self/cgroup", limit: 1 << 16),
      let own = controlGroup(in: String(decoding: groups, as: UTF8.self), controller: controller)
    else { return [] }
    let parts = own.split(separator: "/")
    return (0...parts.count).compactMap { depth in
      let folder = parts.prefix(depth).reduce(root) { $0.appending($1.utf8) }
      return (try? readFile(folder.appending(name), limit: 1 << 10)).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  #else
    return []
  #endif
}

/// The path of a group in `/proc/self/cgroup`, whose lines are "ID:CONTROLLERS:PATH"; those of
/// version 2 have no controllers.
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
