import Foundation
import System

/// A folder of a test's own, removed with everything in it when the test lets it go.
final class TemporaryFolder {
  let path: RawPath
  private let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(
      path: "alexnet-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = RawPath(url.path)
  }

  deinit {
    try? FileManager.default.removeItem(at: url)
  }

  func write(_ bytes: [UInt8], to path: RawPath) throws {
    try Data(bytes).write(to: URL(filePath: path.repaired))
  }
}
