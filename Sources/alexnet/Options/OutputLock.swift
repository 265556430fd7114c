import System

extension FileLock {
  /// Keeps other runs from writing to an output. The lock is beside the file that links lead to.
  ///
  /// - Throws: what ends the command.
  static func ofOutput(_ path: RawPath) throws -> FileLock {
    let lock: FileLock?
    do throws(SystemError) {
      lock = try withoutWaiting(path.resolvingLinks().adding(".lock"))
    } catch {
      throw CommandFailure(.cannotCreateOutput, error.description)
    }
    guard let lock else {
      throw CommandFailure(
        .cannotCreateOutput, "another run writes to \(path.repaired) now",
        hint: "wait for its end, or name another output")
    }
    return lock
  }
}
