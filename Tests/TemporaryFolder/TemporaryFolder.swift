import Foundation
public import System

/// A folder for the files of one test. It is removed with everything in it when the test releases
/// it.
public final class TemporaryFolder {
  public let path: RawPath
  private let url: URL

  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(
      path: "alexnet-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = RawPath(url.path)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  public func write(_ bytes: [UInt8], to path: RawPath) throws {
    try Data(bytes).write(to: URL(filePath: path.repaired))
  }
}
