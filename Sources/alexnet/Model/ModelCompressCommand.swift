import ArgumentParser
import ModelLibrary
import System

/// `alexnet model compress`: weights in, the same model in compact form out.
struct ModelCompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress",
    abstract: "Write a model in compact form.",
    discussion: """
      Convolutions become 8-bit numbers with a scale for each of their outputs; in the fully \
      connected layers, weights that are not zero share fifteen values, and zeros take almost no \
      room. That is small where most of those weights are zero: --keep makes them so, and costs \
      accuracy unless the model was trained for it.

      Examples:
        alexnet model compress pruned.safetensors --output small.safetensors
        alexnet model compress full.safetensors --output small.safetensors \\
          --keep fc6=0.1 --keep fc7=0.1 --keep fc8=0.25
      """)

  @Argument(
    help: ArgumentHelp("A safetensors file of an AlexNet.", valueName: "file"),
    completion: .file())
  var input: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write the compact form.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    help: ArgumentHelp(
      "Keep only this share of a fully connected layer's weights, the largest: fc6=0.1, say.",
      valueName: "layer=share"))
  var keep: [LayerShare] = []

  @Option(
    help: ArgumentHelp(
      "A JSON file whose members are added to the metadata.", valueName: "file"),
    completion: .file())
  var metadata: String?

  func validate() throws {
    if Set(keep.map(\.layer)).count < keep.count {
      throw ValidationError("--keep names a layer twice.")
    }
  }

  func run() throws {
    do throws(ModelError) {
      let report = try ModelLibrary().compress(
        path(from: input), to: path(from: output),
        density: Dictionary(uniqueKeysWithValues: keep.map { ($0.layer, $0.share) }),
        description: metadata.map(path(from:)))
      Console().note(
        "\(megabytes(report.originalBytes)) became \(megabytes(report.compactBytes))")
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// A fully connected layer and how much of it is to be kept: `fc6=0.1`.
struct LayerShare: ExpressibleByArgument, Sendable {
  static let layers = ["fc6", "fc7", "fc8"]

  let layer: String
  let share: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.layers.contains(String(parts[0])), let share = Double(parts[1]),
      (0...1).contains(share)
    else { return nil }
    layer = String(parts[0])
    self.share = share
  }
}
