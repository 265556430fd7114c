import ArgumentParser
import ModelLibrary
import System

/// `alexnet model import`: a weight file of any format becomes a model of the library.
struct ModelImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Put a weight file into the library.",
    discussion: """
      Reads safetensors, Caffe (.caffemodel), PyTorch (.pth, .pt), ONNX, NumPy (.npy, .npz) and Deep \
      Compression's files, and keeps a copy in the form that opens at once.

      Examples:
        alexnet model import bvlc_alexnet.npy --variant bvlc_alexnet
        alexnet model import finetuned.pth --name pets --labels pets.txt
      """)

  @Argument(help: ArgumentHelp("A weight file.", valueName: "file"), completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "What the model is to be called. (default: the file's name)", valueName: "name"))
  var name: String?

  @OptionGroup var description: ModelDescriptionOptions

  @Flag(help: "Write one JSON object that describes the model.")
  var json = false

  func run() throws {
    let stop = StopFlag()
    Signals.install(raising: stop)
    let model: InstalledModel
    do throws(ModelError) {
      model = try ModelLibrary().importModel(
        path(from: file), name: name, options: description.importOptions(), stop: stop)
    } catch {
      throw failure(error, stop)
    }
    let console = Console()
    console.note("installed \(model.name); --model \(model.name) uses it")
    if json {
      try ResultOutput(console: console).write(ModelDescription(model).json.text + "\n")
    }
  }
}
