import Search
import System

/// The file of an index while it is made or updated: no other process changes it meanwhile, and the
/// old index stays until the new one is complete.
final class IndexFile {
  let path: RawPath
  /// What was there before; nil for a new index.
  let old: FeatureIndex?
  private let file: AtomicFile
  private let lock: FileLock

  /// - Throws: what ends the command if there is a file that is not an index, or the file cannot be
  ///   replaced.
  init(_ path: RawPath) throws {
    self.path = path
    lock = try FileLock.ofOutput(path)
    old = try Self.existing(path)
    do throws(SystemError) {
      file = try AtomicFile(path)
    } catch {
      throw CommandFailure(.cannotCreateOutput, error.description)
    }
    if let reason = file.inPlaceReason {
      file.abandon()
      throw CommandFailure(
        .cannotCreateOutput, "\(path.repaired) cannot be replaced, because \(reason)",
        hint: "name an output in another folder")
    }
  }

  private static func existing(_ path: RawPath) throws -> FeatureIndex? {
    // A path whose status cannot be read is created, or reported when that fails.
    guard let status = try? FileStatus(of: path) else { return nil }
    guard status.kind == .regular else {
      throw CommandFailure(
        .cannotCreateOutput, "\(path.repaired) is \(status.kind.description), not a file")
    }
    if status.size == 0 { return nil }
    do throws(IndexError) {
      return try FeatureIndex(path)
    } catch .notAnIndex {
      throw CommandFailure(
        .usage, "\(path.repaired) is not an index, and is not replaced",
        hint: "name another output, or remove the file first")
    } catch {
      throw CommandFailure(error)
    }
  }

  /// Writes the index, and gives it its name.
  func commit(_ builder: IndexBuilder) throws {
    let file = file
    do throws(SystemError) {
      try builder.write(to: file)
      try file.commit()
    } catch {
      file.abandon()
      throw CommandFailure(.outputError, error.description)
    }
  }

  func abandon() { file.abandon() }
}
