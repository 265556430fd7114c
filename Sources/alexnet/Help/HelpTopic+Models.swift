extension HelpTopic {
  static let benchmark = HelpTopic(
    name: "benchmark", abstract: "The report of bench as JSON.",
    text: """
      bench measures the forward pass, layer by layer. For each layer it shows the time,
      the rate in GFLOP/s, and which share this is of the machine's peak arithmetic rate
      and of its memory bandwidth. Both limits are measured at the start, on as many
      threads. Rates count the operations of a direct convolution, so a layer that needs
      fewer of them (Winograd) may exceed 100%, as may weights that stay in a cache.

      --json writes one object:

        variant, batch, threads, precision, isa
            What ran: the network, images in a pass, threads, fp32, bf16 or int8, and
            the instruction set.
        images_per_second, milliseconds_per_batch
            Of the median pass.
        peak_gflops_per_second
            The multiplications and additions that the threads reach in registers, in
            this precision (for bf16 also in its fp32 layers).
        memory_gigabytes_per_second
            The rate at which the threads together read memory.
        layers[].name
            The layer.
        layers[].milliseconds
            Time of the layer in a pass, the median.
        layers[].gflops_per_second
            0 for layers that multiply nothing.
        layers[].share_of_peak
            Share of peak_gflops_per_second, from 0; 1 is all of it.
        layers[].share_of_memory_rate
            Share of memory_gigabytes_per_second, if every weight is read once a pass in
            the form in which it is stored.

      With --train the object is of a step of training, and has these besides; there is
      no share_of_memory_rate:

        training, batch_norm
            True; and whether batch normalisation follows each convolution.
        peak_memory_bytes
            The most memory that the process has occupied.
        loss_milliseconds, norm_milliseconds
            Time of the loss and its gradient, and of the norm of all gradients.
        layers[].forward_milliseconds, backward_milliseconds, update_milliseconds
            The parts of layers[].milliseconds. A fully connected layer computes the
            gradient by its weights in the update.
      """)

  static let precision = HelpTopic(
    name: "precision", abstract: "What fp32, bf16, int8 and auto compute.",
    text: """
        auto
            The default: int8 for calibrated models, fp32 for all others. The default of
            features is fp32, as is that of train for the layers that it changes; explain
            always computes in fp32.
        fp32
            32-bit floating point throughout.
        bf16
            The weights and the inputs of fully connected layers are rounded to
            bfloat16 (to nearest, ties to even). Sums and all other layers are fp32.
            Pruned layers stay in fp32.
        int8
            Weights and activations have 8 bits, sums 32 bits. Only for calibrated
            models: the built-in model, and models that model quantize wrote. All
            convolutions but the first run by Winograd's F(2x2, 3x3), whose intermediate
            values are rounded to bytes with scales that model quantize measured. Files
            that were calibrated without these scales use direct convolutions.

      train knows fp32 and bf16. In bf16, fully connected layers, pruned ones too, round
      the factors of all their products in steps: inputs, weights and gradients. The
      weights that the steps change, validation and the finished model are fp32. Layers
      that are not trained run in int8 where the model is calibrated and --precision is
      not given.

      Of 5000 photos of Tiny ImageNet, the built-in model gives 93.2% the same most
      likely class in int8 as in fp32, and is right on 24% in each of the two. In bf16 it
      computes as in fp32, since its fully connected layers are pruned.
      """)

  static let weightFiles = HelpTopic(
    name: "weight-files", abstract: "Which weight files are read, and how they are recognised.",
    text: """
      --model and model import read these files as they are:

        safetensors
            With F32, F16 or BF16 tensors; also the compact form of the built-in model.
        Caffe (.caffemodel)
            Old (V1) and new layer messages.
        PyTorch (.pth, .pt)
            A state_dict, or a checkpoint around one. Objects beside the tensors are
            skipped, and nothing in the file is executed.
        ONNX (.onnx)
            In float32 or quantized (QDQ and QOperator), with external data.
        NumPy (.npy, .npz)
            A pickled dictionary or one array for each tensor.
        Deep Compression (.net)
            The file of the published AlexNet demonstration.

      The architecture is recognised from the graph, or from the names and shapes of the
      tensors. --variant names it where two architectures fit. A model of 1000 outputs
      has ImageNet's classes; all others need --labels, a file with one class a line. One
      output is read as a sigmoid, the probability of the second of two classes, or of the
      one that --labels names; above 50% it is the answer.
      Preprocessing comes from the file, or is the usual one for that kind of weights;
      --preprocess replaces it. Wrong preprocessing is the commonest cause of wrong
      answers.

      An installed model is a safetensors file. These entries of its __metadata__ are
      ours where there is also an entry "alexnet"; those of other programs are ignored.
      All but alexnet, name and variant hold JSON texts:

        alexnet
            1, the version of these entries.
        name, variant
            The name of the model, and alexnet, caffenet, bvlc_alexnet or torchvision.
        classes, labels
            WordNet ids and readable names, in the order of the outputs.
        preprocessing
            {"steps": [{"op": "resizeShortSide", "size": 256, "antialias": true},
            {"op": "centerCrop", "size": 227}], "channels": "RGB",
            "mean": [r, g, b], "scale": 1}. Another step is {"op": "squash", "width": 256,
            "height": 256, "antialias": false}. A value of the input is
            (pixel - mean) * scale, with pixels from 0 to 255; scale is one number, or
            one for each channel.
        lrn
            {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 1, "alphaDividedBySize": true}
        training, accuracy, source
            How the model was trained, how accurate it is, and the digest of the file
            that it was made from, where known.
        activations, sparse
            Activation ranges for int8, and the shapes of pruned matrices.
      """)

  static let environment = HelpTopic(
    name: "environment", abstract: "The environment variables that the program reads.",
    text: """
        ALEXNET_MODEL
            The model to use where --model names none.
        ALEXNET_HOME
            The folder of the installed models. Without it: $XDG_DATA_HOME/alexnet, or
            ~/.local/share/alexnet.
        ALEXNET_MIRROR
            The URL (http, https or file) of a folder that is asked first for downloads.
        ALEXNET_OFFLINE
            1 forbids network connections. Only model pull makes any.
        ALEXNET_ISA
            The instruction set of the kernels: avx512, avx2, neon or portable. Without
            it, the best one that the processor has. For tests.
        NO_COLOR
            If set and not empty, tables have no colours.
        TERM
            Without it, or with dumb, tables have no colours.
        COLUMNS
            The width of help.
        http_proxy, https_proxy, no_proxy
            Proxies for downloads.
      """)

  static let exitCodes = HelpTopic(
    name: "exit-codes", abstract: "What the exit code of the program says.",
    text: """
        0
            Every input was classified. Also if the reader of the results went away, as
            head does: that ends the run, unless it writes other files, too (--report,
            --errors, --summary).
        1
            At least one input, or a list of inputs, failed. Each failure was reported,
            and all other inputs were done, unless --max-failures or --fail-fast ended
            the run.
        64
            Wrong usage. From evaluate also: labels that the model does not know.
        65
            The model file is damaged, or holds no AlexNet; or the index, a list of labels
            or classes, or a file of records is damaged or is none. From train also: a
            list of photos, a tar file, the targets or the checkpoint is damaged.
        66
            None of the named inputs exists, or no image was found in them; or the data
            of train or evaluate has no classes; or there is no such index.
        69
            The model is not installed, or its file cannot be opened.
        70
            An internal error: please report it.
        71
            There is no memory for the network: raise the limit (ulimit -v), or use fewer
            --threads; classify needs less with --precision int8, and train with a
            smaller --batch.
        73
            The output file cannot be created.
        74
            An error while writing the output.
        129, 130, 143
            SIGHUP, SIGINT or SIGTERM ended the run. Complete lines were written, and
            no incomplete file is left behind. An index has the photos read until then;
            train has written a checkpoint, from which --resume continues. A second
            signal, a fifth of a second later or more, ends the program at once.
      """)
}
