import Architecture
import Explanation
import Foundation
import Kernels
import ModelLibrary
import Network
import System
import Testing
import Threads

/// Runs the full-size models that `Scripts/interop/write-models.py FOLDER` wrote, where the
/// environment variable `ALEXNET_INTEROP_MODELS` names that folder, and compares the probabilities
/// with those that the framework gave for the same input. `make test-interop` does all that.
@Suite struct FullSizeTests {
  private struct Entry: Decodable {
    let file: String
    let variant: String
    let format: String
    let size: Int
    let input: String
    let probabilities: String
    /// PyTorch's Grad-CAM of the likeliest class at conv5; nil where the weights are rounded.
    let gradcam: String?
  }

  static let folder = ProcessInfo.processInfo.environment["ALEXNET_INTEROP_MODELS"].map {
    URL(filePath: $0)
  }

  @Test(
    "every framework's files give its probabilities for its input", .enabled(if: folder != nil))
  func models() throws {
    let folder = try #require(Self.folder)
    let list = try Data(contentsOf: folder.appending(path: "models.json"))
    for entry in try JSONDecoder().decode([Entry].self, from: list) {
      // Files of tensors alone cannot tell CaffeNet from bvlc_alexnet.
      var options = ImportOptions()
      options.variant = entry.variant
      let model = try ModelLibrary().open(
        path: RawPath(folder.appending(path: entry.file).path), options: options)
      #expect(model.parameters.architecture.name == entry.variant, "\(entry.file)")
      #expect(model.parameters.architecture.inputSize == entry.size, "\(entry.file)")
      let input = try NumPyArray.values(folder.appending(path: entry.input))
      let expected = try NumPyArray.values(folder.appending(path: entry.probabilities))
      let found = try probabilities(model.parameters, input: input, size: entry.size)
      try #require(found.count == expected.count)
      let difference = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      print(
        "| \(entry.file) | \(entry.format) | \(entry.variant) | \(entry.size) | \(difference) |")
      #expect(difference <= 1e-4, "\(entry.file)")
      if let gradcam = entry.gradcam {
        let expected = try NumPyArray.values(folder.appending(path: gradcam))
        let map = try gradCAM(model, input: input, size: entry.size)
        try #require(map.count == expected.count)
        let largest = expected.max() ?? 0
        let error = zip(map, expected).map { abs($0 - $1) }.max() ?? .infinity
        print("| \(entry.file) | Grad-CAM: \(error / largest) of its largest value |")
        #expect(error <= 1e-4 * largest, "Grad-CAM of \(entry.file)")
      }
    }
  }

  /// Grad-CAM of the likeliest class at conv5, before it is enlarged.
  private func gradCAM(_ model: Model, input: [Float], size: Int) throws -> [Float] {
    let network = ExplainedNetwork(
      model.parameters, preprocessing: model.preprocessing, method: .gradCAM(layer: "conv5"))
    let area = size * size
    let pixels = (0..<area * 3).map { input[$0 % 3 * area + $0 / 3] }
    let evidence = try Explainer(network, pool: WorkerPool(threads: 2))
      .evidence(input: pixels, classes: nil)
    return evidence.classes[0].raw.values
  }

  private func probabilities(_ parameters: Parameters, input: [Float], size: Int) throws -> [Float]
  {
    let pool = WorkerPool(threads: 2)
    let workspace = Workspace(for: Plan(parameters, pool: pool), batch: 1, pool: pool)
    workspace.withInput(0) { picture in
      for pixel in 0..<size * size {
        for channel in 0..<3 { picture[pixel * 3 + channel] = input[channel * size * size + pixel] }
      }
    }
    workspace.forward(count: 1)
    return workspace.probabilities(0)
  }
}
