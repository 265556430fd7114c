import Foundation
import Tensors
import Testing
import WeightFiles

/// Reads the full-size models that `Scripts/interop/write-models.py FOLDER` wrote, where the
/// environment variable `ALEXNET_INTEROP_MODELS` names that folder.
@Suite struct FullSizeTests {
  private struct Entry: Decodable {
    let file: String
    let variant: String
    let format: String
    let size: Int
  }

  static let folder = ProcessInfo.processInfo.environment["ALEXNET_INTEROP_MODELS"].map {
    URL(filePath: $0)
  }

  @Test("every framework's files are read as the variant they are", .enabled(if: folder != nil))
  func models() throws {
    let folder = try #require(Self.folder)
    let list = try Data(contentsOf: folder.appending(path: "models.json"))
    for entry in try JSONDecoder().decode([Entry].self, from: list) {
      let start = ContinuousClock.now
      let file = try ModelFile.read(try storage(folder.appending(path: entry.file))) {
        (name) throws(WeightFileError) in
        do {
          return try storage(folder.appending(path: name))
        } catch {
          throw .truncated(.onnx, what: name)
        }
      }
      // Files of tensors alone cannot tell CaffeNet from bvlc_alexnet.
      let variant = file.description.layers.isEmpty ? entry.variant : nil
      let resolved = try file.resolved(variant: variant)
      let duration = ContinuousClock.now - start
      print("\(entry.file): \(duration)")
      #expect(resolved.variant == entry.variant, "\(entry.file)")
      #expect(resolved.classCount == 1000)
      #expect(resolved.inputSize == entry.size)
    }
  }

  private func storage(_ url: URL) throws -> Storage {
    let data = try NSData(contentsOf: url, options: .alwaysMapped)
    // SAFETY: the storage owns `data`, which keeps its bytes where they are.
    return unsafe Storage(
      viewing: UnsafeRawBufferPointer(start: data.bytes, count: data.length), owner: data)
  }
}
