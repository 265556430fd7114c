extension HelpTopic {
  static let training = HelpTopic(
    name: "training", abstract: "Photos for train, what it writes, and what helps.",
    text: """
      Photos

      Every class has a folder of photos, whose name is the name of the class. There
      must be at least two classes, and two different photos of each; thirty of each are
      a beginning, hundreds are better. A fifth of them is held out, to measure with. If
      the folders of the classes are in a folder 'train' (or 'training'), and a folder
      'validation' (or 'valid', 'val', 'test') beside it has the same classes, those
      photos are measured with instead. The folders may be in a tar file.

      A list names the photos where they are: a .csv file with the columns path and
      label, or a .jsonl file with these members, as classify writes it. Paths are
      relative to the folder of the list.

      A photo that cannot be read is named and left out. The exit code is then 1, though
      the model is complete.

      A model always answers with one of its classes. Where other things will be on the
      photos, train a class of such photos, too, named for example 'other'.

      Stages

      Training has two stages. In the first one, only the last layer is fitted, which
      takes less than a minute for 1000 photos. In the second one, all layers change
      slowly. What is best on the photos held out is kept: if the second stage does not
      help, that is the result of the first one. Options such as --epochs, --rate,
      --schedule, --sizes and --prune are for the second one. With --freeze or
      --from-scratch there is one stage.

      A thousand photos of five classes take four to seven minutes on two cores.
      Graphics cards are not used.

      Output

      The model has 230 to 250 MB for up to a thousand classes; model quantize makes a
      smaller one, and so does model compress, at a cost in accuracy. It holds the names
      of its classes and the way in which photos are prepared, so that classify needs no
      further option. A file of this name is replaced when the new one is complete.

      The accuracy at the end is that on the photos held out. They also chose which
      epoch is best, so that on other photos it is a little lower. To measure that:

          alexnet evaluate others --model birds.safetensors

      The folder beside it, with .training behind its name, has:

        curves.svg, curves.png
            Loss and accuracy by epoch, which is once through all photos. The lower the
            loss, the better. That of training is measured on changed photos, which are
            harder, so that it may be above that of the photos held out (validation).
        worst.png, worst.jsonl
            The photos held out that were taken for something else with the highest
            probability: often they are in the wrong folder.
        log.jsonl
            The settings, then one object for each epoch, then the result.
        validation.jsonl
            Which photos were held out. To measure another training with the same ones,
            name this file with --validation (not for photos in a tar file).
        run.json, checkpoint.safetensors, best-N.safetensors
            What --resume needs. The last two go when the training ends.

      The whole folder may be deleted when the training has ended. Ctrl-C interrupts a
      training, and the same command with --resume goes on; without --resume it starts
      again from the beginning.

      What helps

      If the model is wrong too often, what helps most is more photos, and photos like
      those that it will be used on. Look first at worst.png, and at which classes are
      worst (alexnet evaluate --per-class FILE).
      Next, begin with a model that knows more:

          alexnet model pull caffenet
          alexnet train birds --from caffenet -o birds.safetensors

      Then give it more time: --time 1h. When there are more photos or more classes, train
      again with all of them. To go on with photos of the same classes that your model has
      not seen, begin with it: --from birds.safetensors. (With photos that it has learned
      from, the accuracy would be too high.)

      The new model has the licence of the model that its training began with. One that
      began with the built-in model is for research use only.
      """)
}
