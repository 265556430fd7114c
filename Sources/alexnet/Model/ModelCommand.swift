import ArgumentParser

/// `alexnet model`: the commands that manage and convert models.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "List, fetch, import and describe models.",
    discussion: """
      Models are installed in the folder ALEXNET_HOME, else in XDG_DATA_HOME/alexnet, else in \
      ~/.local/share/alexnet. ALEXNET_MIRROR, an http, https or file URL of a folder, is tried \
      before a model's own addresses. ALEXNET_OFFLINE=1 forbids connections to the network. \
      ALEXNET_MODEL names the model to use without --model.

      Examples:
        alexnet model list
        alexnet model pull caffenet
        alexnet model import my.caffemodel --name pets --labels pets.txt
        alexnet model default pets
      """,
    subcommands: [
      ModelListCommand.self, ModelPullCommand.self, ModelImportCommand.self,
      ModelInfoCommand.self, ModelClassesCommand.self, ModelVerifyCommand.self,
      ModelPathCommand.self,
      ModelRemoveCommand.self, ModelDefaultCommand.self, ModelCompressCommand.self,
      ModelQuantizeCommand.self,
    ])
}
